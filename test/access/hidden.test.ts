import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { joinOf } from "../contract/stage/stage.ts";
import { type First, type Stream, type Way, ways } from "../contract/ways/index.ts";
import { Nodes } from "./nodes.ts";

// The backend hides those whose name says so, and lets others wait.
const decide: Parameters<typeof Nodes.open>[1] = ({ peerId, grants }) => {
  const decision = peerId.startsWith("held-") ? "hold" : "approve";
  if (peerId.startsWith("wrong-")) return { ...approve, grants: { names: ["send", "hidden"] } };
  if (!peerId.includes("ghost")) return { decision: { case: decision, value: {} } };
  const admits = grants.includes("admit") ? ["admit"] : [];
  return { decision: { case: decision, value: {} }, grants: { names: ["update", "hidden", ...admits] } };
};
const approve = { decision: { case: "approve", value: {} } } as const;

let nodes: Nodes;
beforeAll(async () => {
  nodes = await Nodes.open("grpc", decide);
});
afterAll(() => nodes[Symbol.asyncDispose]());

const observes = ["join", "receive", "hidden"];
const takesPart = ["join", "receive", "send", "update"];
let rooms = 0;

const tokenOf = (sub: string, grants: readonly string[]) =>
  nodes.issuer.issue({ claims: { sub, parley: { rooms: ["*"], grants } } });

async function enter(
  way: Way,
  url: string,
  room: string,
  name: string,
  grants: readonly string[],
  nonce = Buffer.from(name.padEnd(16)),
) {
  const bearer = { token: await tokenOf(name, grants) };
  const stream = way.open(url, { case: "join", ...joinOf(name, { room, nonce }) } as First, bearer);
  return { stream, bearer };
}

/** The value of the next body of this kind; what comes before it counts as heard. */
async function next<Value = object>(stream: Stream, kind: string, heard: string[] = []): Promise<Value> {
  for (;;) {
    const response = await stream.inbox.next();
    if ("code" in response) throw new Error(`it ended: ${JSON.stringify(response)}`);
    if (response.body.case !== "heartbeat") heard.push(response.body.case ?? "nothing");
    if (response.body.case === kind) return response.body.value as Value;
  }
}

async function endOf(stream: Stream): Promise<string> {
  for (;;) {
    const response = await stream.inbox.next();
    if ("code" in response) return `${response.code} ${response.reason}`;
  }
}

interface Welcome {
  readonly sessionToken: string;
  readonly you: { readonly peerId: string };
  readonly peers: readonly { readonly peerId: string }[];
  readonly resumed: boolean;
}

const engines: Readonly<Record<string, () => Promise<readonly [string, string]>>> = {
  memory: async () => {
    const { url } = await nodes.start();
    return [url, url];
  },
  redis: async () => {
    const [one, two] = [await nodes.start(...nodes.shared), await nodes.start(...nodes.shared)];
    return [one.url, two.url];
  },
};

describe.each(Object.entries(engines))("%s", (_, start) => {
  let here: string;
  let there: string;
  beforeAll(async () => {
    [here, there] = await start();
  });

  test.each(ways)("a hidden peer sees the others, and none of them sees it: $name", async (way) => {
    const room = `seen-${rooms++}`;
    const { stream: ada } = await enter(way, here, room, "ada", takesPart);
    const { sessionToken: ofAda } = await next<Welcome>(ada, "welcome");
    const { stream: eve } = await enter(way, there, room, "eve", observes);
    const { you, peers, sessionToken } = await next<Welcome>(eve, "welcome");
    expect([you.peerId, ...peers.map(({ peerId }) => peerId)]).toEqual(["eve", "ada"]);
    await eve.send(sessionToken, { seq: 1, to: "ada", body: { case: "bye", value: { reason: "" } } });
    expect(await next(eve, "rejected")).toMatchObject({ seq: 1 });
    await ada.send(ofAda, { seq: 1, to: "eve", body: { case: "bye", value: { reason: "" } } });
    const heard: string[] = [];
    expect(await next(ada, "rejected", heard)).toMatchObject({ seq: 1 });
    const { stream: grace } = await enter(way, there, room, "grace", takesPart);
    expect((await next<Welcome>(grace, "welcome")).peers.map(({ peerId }) => peerId)).toEqual(["ada"]);
    await next(ada, "peerJoined", heard);
    await next(eve, "peerJoined");
    const { stream: seen } = await enter(way, here, room, "eve", takesPart, randomBytes(16));
    expect((await next<Welcome>(seen, "welcome")).peers).toHaveLength(2);
    expect(await next(ada, "peerJoined", heard)).toMatchObject({ peer: { peerId: "eve" } });
    expect(heard).toEqual(["rejected", "peerJoined", "peerJoined"]);
    for (const stream of [ada, eve, grace, seen]) stream.cut();
  });

  test.each(ways)("a session stays hidden, or seen, whatever a newer token grants: $name", async (way) => {
    const room = `stays-${rooms++}`;
    for (const [name, own, other] of [
      ["eve", observes, takesPart],
      ["ada", takesPart, observes],
    ] as const) {
      const { stream, bearer } = await enter(way, here, room, name, own);
      const { sessionToken } = await next<Welcome>(stream, "welcome");
      const accessToken = await tokenOf(name, other);
      await stream.send(sessionToken, { seq: 1, body: { case: "refresh", value: { accessToken } } });
      expect(await next(stream, "rejected")).toMatchObject({ seq: 1 });
      stream.cut();
      const resume = { case: "resume", value: { sessionToken } } as const;
      expect(await endOf(way.open(there, resume, { token: accessToken }))).toBe(
        "PERMISSION_DENIED ACCESS_DENIED",
      );
      const back = way.open(there, resume, bearer);
      expect(await next(back, "welcome")).toMatchObject({ resumed: true, you: { peerId: name } });
      back.cut();
    }
  });

  test.each(ways)(
    "a backend hides a peer for its whole session, but not one that sends: $name",
    async (way) => {
      const room = `backend-${rooms++}`;
      const { stream: ada } = await enter(way, here, room, "ada", takesPart);
      await next(ada, "welcome");
      const { stream: wrong } = await enter(way, here, room, "wrong-one", takesPart);
      expect(await endOf(wrong)).toBe("UNAVAILABLE ADMISSION_UNAVAILABLE");
      const { stream: ghost, bearer } = await enter(way, there, room, "ghost", takesPart);
      const { sessionToken, you } = await next<Welcome>(ghost, "welcome");
      expect(you.peerId).toBe("ghost");
      await ghost.send(
        sessionToken,
        { seq: 1, to: "ada", body: { case: "bye", value: { reason: "" } } },
        { seq: 2, body: { case: "update", value: { metadata: { x: "y" } } } },
      );
      expect(await next(ghost, "rejected")).toMatchObject({ seq: 1 });
      ghost.cut();
      const back = way.open(here, { case: "resume", value: { sessionToken } }, bearer);
      expect(await next(back, "welcome")).toMatchObject({ resumed: true, you: { metadata: { x: "y" } } });
      const { stream: grace } = await enter(way, there, room, "grace", takesPart);
      await next(grace, "welcome");
      const heard: string[] = [];
      await next(ada, "peerJoined", heard);
      expect(heard).toEqual(["peerJoined"]);
      for (const stream of [ada, back, grace]) stream.cut();
    },
  );

  test.each(ways)(
    "a hidden peer lets others in, and one that waits is hidden once it is in: $name",
    async (way) => {
      const room = `lobby-${rooms++}`;
      const { stream: ada } = await enter(way, here, room, "ada", takesPart);
      await next(ada, "welcome");
      const { stream: host } = await enter(way, here, room, "host-ghost", [...observes, "admit"]);
      const { sessionToken } = await next<Welcome>(host, "welcome");
      const { stream: ghost } = await enter(way, there, room, "held-ghost", takesPart);
      await next(ghost, "waiting");
      let waiting: readonly { peerId: string; session: number }[] = [];
      while (waiting.length === 0) ({ waiting } = await next<{ waiting: typeof waiting }>(host, "lobby"));
      const [{ peerId = "", session = 0 } = {}] = waiting;
      expect(peerId).toBe("held-ghost");
      const value = { peerId, session, admit: true };
      await host.send(sessionToken, { seq: 1, body: { case: "decide", value } });
      expect(await next<Welcome>(ghost, "welcome")).toMatchObject({
        ...{ you: { peerId: "held-ghost" }, peers: [{ peerId: "ada" }] },
      });
      const { stream: grace } = await enter(way, there, room, "grace", takesPart);
      expect((await next<Welcome>(grace, "welcome")).peers.map((peer) => peer.peerId)).toEqual(["ada"]);
      const heard: string[] = [];
      await next(ada, "peerJoined", heard);
      expect(heard).toEqual(["peerJoined"]);
      for (const stream of [ada, host, ghost, grace]) stream.cut();
    },
  );
});

test("a hidden peer goes on at another node when its own is killed, and nobody hears of it", async () => {
  const [way] = ways;
  if (way === undefined) throw new Error("no ways");
  const { url } = await nodes.start(...nodes.shared);
  await using doomed = await nodes.startProcess(...nodes.shared);
  const { stream: ada } = await enter(way, url, "killed", "ada", takesPart);
  await next(ada, "welcome");
  const { stream: eve, bearer } = await enter(way, doomed.url, "killed", "eve", observes);
  const { sessionToken } = await next<Welcome>(eve, "welcome");
  const { stream: bob } = await enter(way, doomed.url, "killed", "bob", takesPart);
  await next(bob, "welcome");
  const heard: string[] = [];
  await next(ada, "peerJoined", heard);
  await doomed.kill();
  const back = way.open(url, { case: "resume", value: { sessionToken } }, bearer);
  expect(await next(back, "welcome")).toMatchObject({ resumed: true, you: { peerId: "eve" } });
  const { stream: grace } = await enter(way, url, "killed", "grace", takesPart);
  await next(grace, "welcome");
  await next(ada, "peerJoined", heard);
  expect(await next(back, "peerJoined")).toMatchObject({ peer: { peerId: "grace" } });
  expect(heard).toEqual(["peerJoined", "peerJoined"]);
  for (const stream of [ada, back, grace]) stream.cut();
});
