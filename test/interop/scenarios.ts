import { deepEqual, equal, ok } from "node:assert/strict";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { type LiveServer, startServer } from "./live-server.ts";
import type { Participant, Stack } from "./stack.ts";

const megabyte = 1024 * 1024;

/** Two peers: the first to come offers, and each gets the other's megabyte. */
export async function connect(server: LiveServer, room: string, first: Stack, second: Stack): Promise<void> {
  await using offerer = await first.join(server.address, room);
  await using answerer = await second.join(server.address, room);
  await exchanged(offerer, answerer);
}

/** The first loses its connection while the second arrives: its offer, or that it is to make one, is under way. */
export async function cutOffer(server: LiveServer, room: string, first: Stack, second: Stack): Promise<void> {
  await using proxy = await behindProxy(server);
  await using offerer = await first.join(proxy.address, room);
  proxy.stall("requests");
  await using answerer = await second.join(server.address, room);
  await offerer.transcript.line(/^connection with|^peer .* is here$/);
  await comeBack(offerer, proxy);
  await exchanged(offerer, answerer);
}

/** The second loses its connection when it has its roster: its answer and its candidates are under way. */
export async function cutAnswer(
  server: LiveServer,
  room: string,
  first: Stack,
  second: Stack,
): Promise<void> {
  await using proxy = await behindProxy(server);
  await using offerer = await first.join(server.address, room);
  await using answerer = await second.join(proxy.address, room);
  proxy.stall("requests");
  await answerer.transcript.line(/^connection with .*: connecting$/);
  await comeBack(answerer, proxy);
  await exchanged(offerer, answerer);
}

/** A network that breaks with resets. */
function behindProxy({ url }: LiveServer): Promise<TcpProxy> {
  const port = Number(new URL(url).port);
  return TcpProxy.start(() => [port], { resets: true });
}

async function comeBack({ transcript }: Participant, proxy: TcpProxy): Promise<void> {
  const from = transcript.lines.length;
  ok(proxy.cut() >= 1, "there is a connection to sever");
  await transcript.line(/^stream lost/, { from });
  await transcript.line(/^resumed as /, { from });
}

/** Each has the other's megabyte, once: nothing was lost on the way, and nothing was done twice. */
async function exchanged(one: Participant, other: Participant): Promise<void> {
  await Promise.all([receivedFrom(other.name, one), receivedFrom(one.name, other)]);
  for (const { transcript } of [one, other]) {
    equal(
      transcript.lines.filter((line) => line.startsWith("received ")).length,
      1,
      transcript.lines.join("\n"),
    );
    deepEqual(
      transcript.lines.filter((line) => /rejected|damaged|^link with/.test(line)),
      [],
    );
  }
}

function receivedFrom(peer: string, { transcript }: Participant, from = 0): Promise<string> {
  return transcript.line(new RegExp(`^received ${megabyte} bytes from ${peer}: intact$`), { from });
}

/** The server stops and another takes its place, without its sessions: all join again, and connect again. */
export async function restart(room: string, stacks: readonly Stack[]): Promise<void> {
  await using ends = new AsyncDisposableStack();
  const before = await startServer();
  const stop = ends.adopt(before, (server) => server[Symbol.asyncDispose]());
  const participants: Participant[] = [];
  for (const stack of stacks) participants.push(ends.use(await stack.join(before.address, room)));
  const othersOf = ({ name }: Participant) => participants.filter((other) => other.name !== name);
  const all = (from: (participant: Participant) => number) =>
    Promise.all(
      participants.flatMap((one) => othersOf(one).map(({ name }) => receivedFrom(name, one, from(one)))),
    );
  await all(() => 0);
  const since = new Map(participants.map((one) => [one, one.transcript.lines.length]));
  await stop[Symbol.asyncDispose]();
  ends.use(await startServer(Number(new URL(before.url).port)));
  await all((one) => since.get(one) ?? 0);
}
