import { afterAll, beforeAll, expect, test } from "vitest";
import { joinOf } from "../contract/stage/stage.ts";
import { type First, type Stream, type Way, ways } from "../contract/ways/index.ts";
import type { Issuer } from "./issuer.ts";
import { Nodes } from "./nodes.ts";

let nodes: Nodes;
const openNodes = () =>
  Nodes.open("grpc", ({ grants }) => ({
    decision: { case: grants.includes("admit") ? "approve" : "hold", value: {} },
  }));
beforeAll(async () => {
  nodes = await openNodes();
});
afterAll(() => nodes[Symbol.asyncDispose]());

const startNode = () => nodes.start(...nodes.shared);

const [first] = ways;
const way = first as Way;
const usual = ["join", "send", "receive", "update"];

function enter(url: string, room: string, name: string, ...grants: string[]): Promise<Stream> {
  return enterWith(nodes.issuer, url, room, name, ...grants);
}

async function enterWith(
  issuer: Issuer,
  url: string,
  room: string,
  name: string,
  ...grants: string[]
): Promise<Stream> {
  const token = await issuer.issue({
    claims: { sub: name, parley: { rooms: ["*"], grants: [...usual, ...grants] } },
  });
  const nonce = Buffer.from(name.padEnd(16));
  return way.open(url, { case: "join", ...joinOf(name, { room, nonce }) } as First, { token });
}

/** The value of the next body of this kind that fits. */
async function next<Value>(
  stream: Stream,
  kind: string,
  fits: (value: Value) => boolean = () => true,
): Promise<Value> {
  for (;;) {
    const response = await stream.inbox.next();
    if ("code" in response) throw new Error(`it ended: ${JSON.stringify(response)}`);
    if (response.body.case === kind && fits(response.body.value as Value))
      return response.body.value as Value;
  }
}

interface Lobby {
  readonly waiting: readonly { readonly peerId: string; readonly session: number }[];
}
interface Place {
  readonly position: number;
}
const lists =
  (...names: readonly string[]) =>
  ({ waiting }: Lobby) =>
    waiting.map(({ peerId }) => peerId).join() === names.join();

test("a member lets in and turns away clients that wait on another node", async () => {
  const [here, there] = [await startNode(), await startNode()];
  const host = await enter(here.url, "two-nodes", "host", "admit");
  const { sessionToken } = await next<{ sessionToken: string }>(host, "welcome");
  const ada = await enter(there.url, "two-nodes", "ada");
  expect(await next(ada, "waiting")).toMatchObject({ position: 1 });
  const mallory = await enter(there.url, "two-nodes", "mallory");
  expect(await next(mallory, "waiting")).toMatchObject({ position: 2 });
  const { waiting } = await next<Lobby>(host, "lobby", lists("ada", "mallory"));
  const [one, other] = waiting.map(({ peerId, session }) => ({ peerId, session }));
  await host.send(
    sessionToken,
    { seq: 1, body: { case: "decide", value: { ...other, admit: false, message: "no" } } },
    { seq: 2, body: { case: "decide", value: { ...one, admit: true } } },
  );
  expect(await next(ada, "welcome")).toMatchObject({ peers: [{ peerId: "host" }] });
  let end = await mallory.inbox.next();
  while (!("code" in end)) end = await mallory.inbox.next();
  expect(end).toMatchObject({ reason: "ADMISSION_REFUSED" });
  await next<Lobby>(host, "lobby", lists());
  for (const stream of [host, ada]) stream.cut();
});

test("a place in the queue and a decision outlive the node of the client that waits", async () => {
  const [here, there] = [await startNode(), await startNode()];
  const host = await enter(here.url, "node-stops", "host", "admit");
  const { sessionToken } = await next<{ sessionToken: string }>(host, "welcome");
  const ada = await enter(there.url, "node-stops", "ada");
  await next(ada, "waiting");
  const { waiting } = await next<Lobby>(host, "lobby", lists("ada"));
  await there.server.close(0);
  const [{ peerId = "", session = 0 } = {}] = waiting;
  await host.send(sessionToken, {
    seq: 1,
    body: { case: "decide", value: { peerId, session, admit: true } },
  });
  const back = await enter(here.url, "node-stops", "ada");
  expect(await next(back, "welcome")).toMatchObject({ peers: [{ peerId: "host" }] });
  for (const stream of [host, back]) stream.cut();
});

test("who waits is shown on every node, and to a member that comes later", async () => {
  const [here, there] = [await startNode(), await startNode()];
  const ada = await enter(here.url, "late-host", "ada");
  await next(ada, "waiting");
  for (const node of [here, there]) {
    const host = await enter(node.url, "late-host", `host-${node.url.slice(-5)}`, "admit");
    await next<Lobby>(host, "lobby", lists("ada"));
    host.cut();
  }
  ada.cut();
});

test("a client that was let in and has left waits again", async () => {
  const here = await startNode();
  const host = await enter(here.url, "left", "host", "admit");
  const { sessionToken } = await next<{ sessionToken: string }>(host, "welcome");
  const ada = await enter(here.url, "left", "ada");
  await next(ada, "waiting");
  const { waiting } = await next<Lobby>(host, "lobby", lists("ada"));
  const [{ peerId = "", session = 0 } = {}] = waiting;
  await host.send(sessionToken, {
    seq: 1,
    body: { case: "decide", value: { peerId, session, admit: true } },
  });
  const welcome = await next<{ sessionToken: string }>(ada, "welcome");
  await ada.send(welcome.sessionToken, { seq: 1, body: { case: "leave", value: {} } });
  while (!("code" in (await ada.inbox.next())));
  const again = await enter(here.url, "left", "ada");
  expect(await next(again, "waiting")).toMatchObject({ position: 1 });
  for (const stream of [host, again]) stream.cut();
});

/** Far longer than a node is missed at the latest, 22 seconds, in milliseconds. */
const missedMs = 120_000;

test(
  "clients that wait on a node that is killed are missed, and keep their place if they come back elsewhere",
  async () => {
    // Nodes of their own: all that share a Redis need the same window.
    await using own = await openNodes();
    const flags = [...own.shared, "--resume-window", "5"];
    const here = await own.start(...flags);
    await using there = await own.startProcess(...flags);
    const enter = (url: string, name: string, ...grants: string[]) =>
      enterWith(own.issuer, url, "node-killed", name, ...grants);
    const host = await enter(here.url, "host", "admit");
    const { sessionToken } = await next<{ sessionToken: string }>(host, "welcome");
    const ada = await enter(there.url, "ada");
    await next(ada, "waiting");
    const grace = await enter(there.url, "grace");
    expect(await next(grace, "waiting")).toMatchObject({ position: 2 });
    await next<Lobby>(host, "lobby", lists("ada", "grace"));

    expect(await there.kill()).toBe("SIGKILL");
    const graceAgain = await enter(here.url, "grace");
    expect(await next(graceAgain, "waiting")).toMatchObject({ position: 2 });
    // Ada does not come back in time: her place is given up, and the others move up.
    await next<Lobby>(host, "lobby", lists("grace"));
    expect(await next(graceAgain, "waiting", ({ position }: Place) => position === 1)).toBeDefined();
    const adaAgain = await enter(here.url, "ada");
    expect(await next(adaAgain, "waiting")).toMatchObject({ position: 2 });
    const { waiting } = await next<Lobby>(host, "lobby", lists("grace", "ada"));

    const decisions = waiting.map(({ peerId, session }, index) => ({
      seq: index + 1,
      body: { case: "decide", value: { peerId, session, admit: true } } as const,
    }));
    await host.send(sessionToken, ...decisions);
    await next(graceAgain, "welcome");
    await next(adaAgain, "welcome");
    await next<Lobby>(host, "lobby", lists());
    for (const stream of [host, graceAgain, adaAgain]) stream.cut();
  },
  missedMs,
);
