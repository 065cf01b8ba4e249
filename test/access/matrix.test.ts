import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { AdminService } from "@parley/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../server/src/server.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf, joinOf } from "../contract/stage/stage.ts";
import type { Bearer, First, Stream, Way } from "../contract/ways/index.ts";
import { ways } from "../contract/ways/index.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { Issuer } from "./issuer.ts";
import { refusalsAt } from "./refusals.ts";

/** Where a service is: what joins goes to the first node, what comes back to the second, which may be the same. */
interface Service {
  readonly first: string;
  readonly second: string;
  readonly admin: string;
}

const one = new Issuer();
let redis: RedisServer;
const servers: Server[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(async () => {
  for (const server of servers) await server.close(0);
  await redis[Symbol.asyncDispose]();
  one[Symbol.dispose]();
});

async function startNode(...flags: string[]) {
  const rules = [...one.flags, "--token-leeway", "0", "--admin-port", "0", "--resume-window", "5"];
  const server = new Server(await configOf([...rules, ...flags]), { logger: new LogBook() });
  servers.push(server);
  const { url, adminPort } = await server.start();
  return { url, admin: `http://127.0.0.1:${adminPort}` };
}

const engines: Readonly<Record<string, () => Promise<Service>>> = {
  memory: async () => {
    const { url, admin } = await startNode();
    return { first: url, second: url, admin };
  },
  redis: async () => {
    const [first, second] = [
      await startNode("--redis-url", redis.url),
      await startNode("--redis-url", redis.url),
    ];
    return { first: first.url, second: second.url, admin: second.admin };
  },
};

let rooms = 0;
const tokenOf = (sub: string, claims: object = {}) =>
  one.issue({ claims: { sub, parley: { rooms: ["*"], peer_id: "alice" }, ...claims } });

/** What comes until the end of a stream, and how it ends. */
async function endOf(stream: Stream): Promise<string> {
  for (;;) {
    const next = await stream.inbox.next();
    if ("code" in next) return `ended ${next.code} ${next.reason}`;
  }
}

async function joined(way: Way, url: string, room: string, bearer: Bearer) {
  const stream = way.open(url, { case: "join", ...joinOf("alice", { room }) } as First, bearer);
  const next = await stream.inbox.next();
  if (!("body" in next) || next.body.case !== "welcome")
    throw new Error(`no Welcome: ${JSON.stringify(next)}`);
  return { stream, sessionToken: next.body.value.sessionToken };
}

describe.each(Object.entries(engines))("%s", (_, start) => {
  let service: Service;
  beforeAll(async () => {
    service = await start();
  });

  test.each(ways)(
    "joins, resumes and batches are refused by the fault of their token: $name",
    async (way) => {
      const heard: Record<string, string[]> = {};
      const good = await tokenOf("alice");
      const { stream, sessionToken } = await joined(way, service.first, `faults-${rooms++}`, { token: good });
      stream.cut();
      const resume = { case: "resume", value: { sessionToken } } as const;
      const refusals = refusalsAt(Date.now() / 1000);
      for (const [fault, init] of refusals) {
        const bearer = { token: await one.issue(init) };
        const join = { case: "join", ...joinOf("alice") } as First;
        heard[fault] = [await endOf(way.open(service.first, join, bearer))];
        // A session that is open needs no grant to join.
        if (fault === "no grant to join") continue;
        heard[fault]?.push(await endOf(way.open(service.second, resume, bearer)));
        if (way.form !== "halves" || fault.startsWith("no grant")) continue;
        const sender = { token: good };
        const half = way.open(service.second, resume, sender);
        expect(await half.inbox.next()).toMatchObject({
          body: { case: "welcome", value: { resumed: true } },
        });
        sender.token = bearer.token;
        await half.send(sessionToken, { to: "bob", body: { case: "bye", value: { reason: "" } } });
        heard[fault]?.push(await endOf(half));
        half.cut();
      }
      for (const [fault, , end] of refusals)
        expect(new Set(heard[fault]), fault).toEqual(new Set([`ended ${end}`]));
      const back = way.open(service.second, resume, { token: good });
      expect(await back.inbox.next()).toMatchObject({ body: { case: "welcome", value: { resumed: true } } });
      back.cut();
    },
  );

  test.each(ways)("a session is nothing to another sub, on any node: $name", async (way) => {
    const room = `stolen-${rooms++}`;
    const bearer = { token: await tokenOf("alice") };
    const { stream, sessionToken } = await joined(way, service.first, room, bearer);
    const stolen = { case: "resume", value: { sessionToken } } as const;
    const mallory = { token: await tokenOf("mallory") };
    expect(await endOf(way.open(service.second, stolen, mallory))).toBe("ended NOT_FOUND SESSION_NOT_FOUND");
    if (way.form === "halves") {
      bearer.token = mallory.token;
      await stream.send(sessionToken, { seq: 1, to: "bob", body: { case: "bye", value: { reason: "" } } });
      expect(await endOf(stream)).toBe("ended NOT_FOUND SESSION_NOT_FOUND");
      bearer.token = await tokenOf("alice");
    }
    const back = way.open(service.second, stolen, { token: await tokenOf("alice") });
    expect(await back.inbox.next()).toMatchObject({ body: { case: "welcome", value: { resumed: true } } });
    stream.cut();
    back.cut();
  });

  test.each(ways)("a session ends with its token, and when that is revoked: $name", async (way) => {
    const room = `ending-${rooms++}`;
    const now = Math.floor(Date.now() / 1000);
    const short = await joined(way, service.first, room, { token: await tokenOf("alice", { exp: now + 4 }) });
    expect(await endOf(short.stream)).toBe("ended UNAUTHENTICATED SESSION_EXPIRED");
    const bearer = { token: await tokenOf("alice", { jti: room }) };
    const { stream } = await joined(way, service.first, room, bearer);
    const admin = createClient(AdminService, createGrpcTransport({ baseUrl: service.admin }));
    const root = await one.issue({ claims: { sub: "root", parley: { grants: ["admin"] } } });
    const headers = { authorization: `Bearer ${root}` };
    await admin.revoke({ tokens: { case: "jti", value: room } }, { headers });
    expect(await endOf(stream)).toBe("ended UNAUTHENTICATED ACCESS_TOKEN_REVOKED");
    const again = way.open(service.second, { case: "join", ...joinOf("alice", { room }) } as First, bearer);
    expect(await endOf(again)).toBe("ended UNAUTHENTICATED ACCESS_TOKEN_REVOKED");
  });
});
