import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../server/src/server.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf, joinOf } from "../contract/stage/stage.ts";
import { type First, type Stream, type Way, ways } from "../contract/ways/index.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { Backend } from "./backend.ts";
import { Issuer } from "./issuer.ts";

const one = new Issuer();
let redis: RedisServer;
let backend: Backend;
const servers: Server[] = [];
beforeAll(async () => {
  redis = await RedisServer.start();
  backend = await Backend.start("grpc", ({ grants }) => ({
    decision: { case: grants.includes("admit") ? "approve" : "hold", value: {} },
  }));
});
afterAll(async () => {
  for (const server of servers) await server.close(0);
  await backend[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
  one[Symbol.dispose]();
});

async function startNode(): Promise<Server & { readonly at: string }> {
  const flags = [...one.flags, ...backend.flags, "--redis-url", redis.url];
  const server = new Server(await configOf(flags), { logger: new LogBook() });
  servers.push(server);
  const { url } = await server.start();
  return Object.assign(server, { at: url });
}

const [first] = ways;
const way = first as Way;
const usual = ["join", "send", "receive", "update"];

async function enter(url: string, room: string, name: string, ...grants: string[]): Promise<Stream> {
  const token = await one.issue({
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
const lists =
  (...names: readonly string[]) =>
  ({ waiting }: Lobby) =>
    waiting.map(({ peerId }) => peerId).join() === names.join();

test("a member lets in and turns away clients that wait on another node", async () => {
  const [here, there] = [await startNode(), await startNode()];
  const host = await enter(here.at, "two-nodes", "host", "admit");
  const { sessionToken } = await next<{ sessionToken: string }>(host, "welcome");
  const ada = await enter(there.at, "two-nodes", "ada");
  expect(await next(ada, "waiting")).toMatchObject({ position: 1 });
  const mallory = await enter(there.at, "two-nodes", "mallory");
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
  const host = await enter(here.at, "node-stops", "host", "admit");
  const { sessionToken } = await next<{ sessionToken: string }>(host, "welcome");
  const ada = await enter(there.at, "node-stops", "ada");
  await next(ada, "waiting");
  const { waiting } = await next<Lobby>(host, "lobby", lists("ada"));
  await there.close(0);
  const [{ peerId = "", session = 0 } = {}] = waiting;
  await host.send(sessionToken, {
    seq: 1,
    body: { case: "decide", value: { peerId, session, admit: true } },
  });
  const back = await enter(here.at, "node-stops", "ada");
  expect(await next(back, "welcome")).toMatchObject({ peers: [{ peerId: "host" }] });
  for (const stream of [host, back]) stream.cut();
});

test("who waits is shown on every node, and to a member that comes later", async () => {
  const [here, there] = [await startNode(), await startNode()];
  const ada = await enter(here.at, "late-host", "ada");
  await next(ada, "waiting");
  for (const node of [here, there]) {
    const host = await enter(node.at, "late-host", `host-${node.at.slice(-5)}`, "admit");
    await next<Lobby>(host, "lobby", lists("ada"));
    host.cut();
  }
  ada.cut();
});
