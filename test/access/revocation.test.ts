import { afterAll, beforeAll, expect, test } from "vitest";
import { joinOf } from "../contract/stage/stage.ts";
import { type First, type Stream, ways } from "../contract/ways/index.ts";
import { Nodes } from "./nodes.ts";

// That it takes two seconds at most is tested with the clock of the nodes, in test/redis/revoking.test.ts.

/** A few ways are enough: what ends a session knows none of them. */
const someWays = ways.filter((_, index) => index % 4 === 0);

let service: Nodes;
beforeAll(async () => {
  service = await Nodes.open("json", ({ room }) => ({
    decision: { case: room.startsWith("lobby") ? "hold" : "approve", value: {} },
  }));
});
afterAll(() => service[Symbol.asyncDispose]());

const shared = () => service.start(...service.shared);
const engines = {
  memory: async () => [await service.start()],
  redis: async () => [await shared(), await shared(), await shared()],
};

async function first(stream: Stream): Promise<string | undefined> {
  const next = await stream.inbox.next();
  return "body" in next ? next.body.case : next.reason;
}

async function endOf(stream: Stream): Promise<string | undefined> {
  for (;;) {
    const next = await stream.inbox.next();
    if ("code" in next) return next.reason;
  }
}

test.each(Object.entries(engines))(
  "%s: what a sub has open, or waits for, ends on every node after its revocation",
  async (_, start) => {
    const nodes = await start();
    const streams: Stream[] = [];
    for (const [index, { url }] of nodes.entries()) {
      for (const [number, way] of someWays.entries()) {
        for (const room of ["open", "lobby"]) {
          const name = `${room}-${index}-${number}`;
          const token = await service.issuer.issue({
            claims: { sub: "alice", parley: { rooms: ["*"], peer_id: name } },
          });
          const join = { case: "join", ...joinOf(name, { room: name }) } as First;
          const stream = way.open(url, join, { token });
          expect(await first(stream)).toBe(room === "open" ? "welcome" : "waiting");
          streams.push(stream);
        }
      }
    }
    const root = await service.issuer.issue({ claims: { sub: "root", parley: { grants: ["admin"] } } });
    const revoked = await fetch(`${nodes.at(-1)?.admin}/parley.v1.AdminService/Revoke`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${root}` },
      body: JSON.stringify({ sub: "alice" }),
    });
    expect(revoked.status).toBe(200);
    const ends = await Promise.all(streams.map(endOf));
    expect(new Set(ends)).toEqual(new Set(["ACCESS_TOKEN_REVOKED"]));
  },
);
