import { deepEqual, equal, ok } from "node:assert/strict";
import type { Browser } from "playwright-core";
import { BrowserPage } from "./browser-page.ts";
import type { Example } from "./example.ts";
import { type LiveServer, startServer } from "./live-server.ts";
import type { Program } from "./program.ts";
import { type SeverableProxy, startProxy } from "./severable-proxy.ts";
import { checkSide, checkSwap, kindsOf, signalsOf } from "./transcript.ts";

/** Two examples: the first to come offers, both see the same swap, and both end well. */
export async function pair(server: LiveServer, room: string, first: Example, second: Example): Promise<void> {
  await using offerer = await first.join(server.address, room, "--once");
  await using answerer = await second.join(server.address, room, "--once");
  equal(await offerer.exited, 0);
  equal(await answerer.exited, 0);
  checkSwap(offerer, answerer);
  ok(answerer.lines.includes(`peer ${first.name} is here; it makes the offer`));
  ok(offerer.lines.includes(`peer ${second.name} came; this side makes the offer`));
}

/** What the first sends is lost with its connection: it comes back, sends it again, and nothing arrives twice. */
export async function cutWhileSending(
  server: LiveServer,
  room: string,
  first: Example,
  second: Example,
): Promise<void> {
  await using proxy = await startProxy(server.address);
  await using offerer = await first.join(proxy.address, room);
  proxy.hold("requests");
  await using answerer = await second.join(server.address, room);
  await offerer.line(/^to .*: end of candidates$/);
  deepEqual(signalsOf(answerer, "from", first.name), [], "what was sent is held up");
  await comeBack(offerer, proxy);
  await offerer.line(/^swap with .* is complete/);
  await answerer.line(/^swap with .* is complete/);
  checkSwap(offerer, answerer);
}

/** What the first is told is lost with its connection: it comes back, is told again, and does nothing twice. */
export async function cutWhileTold(
  server: LiveServer,
  room: string,
  first: Example,
  second: Example,
): Promise<void> {
  await using proxy = await startProxy(server.address);
  await using offerer = await first.join(proxy.address, room);
  proxy.hold("responses");
  await using answerer = await second.join(server.address, room);
  await comeBack(offerer, proxy);
  await offerer.line(/^peer .* is here; this side makes the offer$/);
  await offerer.line(/^swap with .* is complete/);
  await answerer.line(/^swap with .* is complete/);
  checkSwap(offerer, answerer);
}

async function comeBack(program: Program, proxy: SeverableProxy): Promise<void> {
  ok(proxy.sever() >= 1, "there is a connection to sever");
  await program.line(/^stream lost /);
  await program.line(/^resumed as /);
}

/** The page comes first and so offers, or comes second and answers. */
export async function withPage(
  server: LiveServer,
  room: string,
  example: Example,
  { browser, script }: { readonly browser: Browser; readonly script: string },
  { pageOffers, connects }: { readonly pageOffers: boolean; readonly connects: boolean },
): Promise<void> {
  const joinPage = () => BrowserPage.join(browser, script, server.url, room);
  const joinExample = () => example.join(server.address, room);
  await using ends = new AsyncDisposableStack();
  const page = pageOffers ? ends.use(await joinPage()) : undefined;
  const program = ends.use(await joinExample());
  const other = page ?? ends.use(await joinPage());
  await program.line(/^swap with page is complete/);
  const fromPage = kindsOf(signalsOf(program, "from", "page"));
  const toPage = kindsOf(signalsOf(program, "to", "page"));
  checkSide(fromPage, pageOffers ? "offer" : "answer");
  checkSide(toPage, pageOffers ? "answer" : "offer");
  // Each side saw what the other sent, and the browser took the description of the example.
  const report = await other.report({ out: fromPage.length, in: toPage.length });
  deepEqual(report.out.map(wordOf), fromPage.map(wordOf));
  deepEqual(report.in.map(wordOf), toPage.map(wordOf));
  deepEqual(report.errors, []);
  equal(report.signalingState, "stable");
  if (!connects) return;
  await program.line(/^channel .* with page is open$/);
  equal(await other.echo(), "hello");
}

/** The server stops and another takes its place: the examples are told to go, join again, and swap anew. */
export async function restart(room: string, examples: readonly Example[]): Promise<void> {
  await using ends = new AsyncDisposableStack();
  const before = await startServer();
  const stop = ends.adopt(before, (server) => server[Symbol.asyncDispose]());
  const programs: Program[] = [];
  for (const example of examples) programs.push(ends.use(await example.join(before.address, room)));
  const since = programs.map(({ lines }) => lines.length);
  await stop[Symbol.asyncDispose]();
  ends.use(await startServer(Number(new URL(before.url).port)));
  await Promise.all(
    programs.map(async (program, index) => {
      const from = since[index] ?? 0;
      await program.line(/^the service asks to come back elsewhere$/, { from });
      await program.line(/^joined as /, { from });
      for (const { name } of programs) {
        if (name !== program.name) {
          await program.line(new RegExp(`^swap with ${name} is complete`), { from });
        }
      }
    }),
  );
}

/** The page tells the end of candidates from the others no more than the contract does. */
function wordOf(kind: string): string {
  return kind === "offer" || kind === "answer" ? kind : "ice-candidate";
}
