import { Socket } from "node:net";
import { expect, test } from "vitest";
import { FakeClock } from "../../../test/kit/fake-clock.ts";
import { Timers } from "../time/timers.ts";
import type { Connection } from "./connection.ts";
import { ConnectionTable, type NetLimits } from "./connection-table.ts";

const figures: NetLimits = {
  nodeConnections: 4,
  sessions: 100,
  connections: 100,
  joins: { burst: 100, perSecond: 1 },
  handshakes: { burst: 100, perSecond: 1 },
  unprovenMs: 30_000,
  unprovenStreams: 4,
  heldStreams: 100,
  limitLoopback: false,
  trustedProxies: ["10.0.0.0/8"],
  unsent: { stallMs: 10_000, slowMs: 60_000, bytesPerSecond: 1024, connectionBytes: 1000, nodeBytes: 5000 },
};

/** A socket that was never connected, with the address of a peer. */
class FakeSocket extends Socket {
  constructor(address: string) {
    super();
    Object.defineProperty(this, "remoteAddress", { value: address });
  }
}

function open(changed: Partial<NetLimits> = {}) {
  const clock = new FakeClock();
  const told: string[] = [];
  const table = new ConnectionTable({ ...figures, ...changed }, new Timers(clock), {
    onFull: (connections) => told.push(`full at ${connections}`),
    onUntrustedProxy: (peer, header) => told.push(`${header} from ${peer}`),
  });
  const accept = (address = "192.0.2.1") => table.accept(new FakeSocket(address));
  return { clock, told, table, accept };
}

const isOpen = (connection: Connection | undefined) => connection?.socket.destroyed === false;
const closed = () => new Promise<void>((resolve) => setImmediate(resolve));

test("at the limit the oldest connection without a session gives way to the new one", async () => {
  const { accept, table, told } = open();
  const [a, b, c, d] = [accept(), accept(), accept(), accept()];
  a?.prove();
  const e = accept();
  await closed();
  expect([a, b, c, d, e].map(isOpen)).toEqual([true, false, true, true, true]);
  expect(b?.cause).toBe("full");
  expect(table.size).toBe(4);
  expect(told).toEqual(["full at 4"]);
});

test("connections with sessions never give way: then the new one is closed", async () => {
  const { accept, table } = open();
  const all = [accept(), accept(), accept(), accept()];
  for (const connection of all) connection?.prove();
  expect(accept()).toBeUndefined();
  expect(all.every(isOpen)).toBe(true);
  all[0]?.socket.destroy();
  await closed();
  expect(isOpen(accept())).toBe(true);
  expect(table.size).toBe(4);
});

test("a connection without a session has 30 s, one with a session stays", () => {
  const { accept, clock } = open();
  const [silent, joined] = [accept(), accept()];
  joined?.prove();
  clock.advance(29_000);
  expect(isOpen(silent)).toBe(true);
  clock.advance(2000);
  expect([isOpen(silent), isOpen(joined)]).toEqual([false, true]);
  expect(silent?.cause).toBe("noSession");
});

test("connections of this machine and of trusted proxies may stay, unless loopback is limited too", () => {
  const { accept, clock } = open();
  const [local, proxy] = [accept("127.0.0.1"), accept("10.1.1.1")];
  const limited = open({ limitLoopback: true });
  const counted = limited.accept("127.0.0.1");
  for (const each of [clock, limited.clock]) each.advance(60_000);
  expect([local, proxy, counted].map(isOpen)).toEqual([true, true, false]);
});

test("an address has so many connections, and they are given back", async () => {
  const { accept } = open({ connections: 2 });
  const [first] = [accept(), accept()];
  expect(accept()).toBeUndefined();
  expect(isOpen(accept("192.0.2.2"))).toBe(true);
  first?.socket.destroy();
  await closed();
  expect(isOpen(accept())).toBe(true);
});

test("the limits of a client behind a trusted proxy are its own", () => {
  const { accept, told } = open({ sessions: 1 });
  const proxy = accept("10.1.1.1");
  const [a, b] = ["192.0.2.7", "192.0.2.8"].map((client) => proxy?.callerOf(client));
  expect([a?.enter(), b?.enter()]).toEqual([undefined, undefined]);
  expect(proxy?.callerOf("192.0.2.7").enter()).toMatchObject({ retryAfterMs: 5000 });
  a?.leave();
  expect(proxy?.callerOf("192.0.2.7").enter()).toBeUndefined();
  expect(told).toEqual([]);
});

test("a client that has an address like those of the proxies has limits like any other", () => {
  const { accept } = open({ sessions: 1 });
  const proxy = accept("10.1.1.1");
  expect(proxy?.callerOf("10.2.2.2").enter()).toBeUndefined();
  expect(proxy?.callerOf("10.2.2.2").enter()).toMatchObject({ retryAfterMs: 5000 });
});

test("a trusted proxy that says nothing of its clients has no limits of an address", () => {
  const { accept } = open({ sessions: 1 });
  const proxy = accept("10.1.1.1");
  for (let i = 0; i < 10; i++) expect(proxy?.enter()).toBeUndefined();
});

test("an untrusted peer that names another client is counted as itself, and reported once", () => {
  const { accept, told } = open({ sessions: 1 });
  const liar = accept("192.0.2.66");
  expect(liar?.callerOf("203.0.113.1").enter()).toBeUndefined();
  expect(liar?.callerOf("203.0.113.2").enter()).toMatchObject({ retryAfterMs: 5000 });
  expect(told).toEqual(["X-Forwarded-For from 192.0.2.66"]);
});

test("a connection for which a proxy has spoken counts against its client", async () => {
  const { accept, table } = open({ connections: 1 });
  const [first, second] = [accept("10.1.1.1"), accept("10.1.1.1")] as [Connection, Connection];
  expect(table.speakFor(first, "192.0.2.7")).toBe(true);
  expect(table.speakFor(second, "192.0.2.7")).toBe(false);
  expect(accept("192.0.2.7")).toBeUndefined();
  first.socket.destroy();
  await closed();
  expect(isOpen(accept("192.0.2.7"))).toBe(true);
});

test("a connection for which a proxy has spoken gives back what was counted, also if it named itself", async () => {
  const { accept, table } = open({ connections: 2 });
  for (const client of ["10.1.1.1", "192.0.2.7"]) {
    for (let i = 0; i < 5; i++) {
      const connection = accept("10.1.1.1") as Connection;
      expect([client, i, table.speakFor(connection, client)]).toEqual([client, i, true]);
      connection.socket.destroy();
      await closed();
    }
  }
});

test("while memory is short no session begins, and connections without one make room for each other", async () => {
  const { accept, table } = open({ nodeConnections: 1000, connections: 1000 });
  const joined = accept();
  joined?.prove();
  table.shortOfMemory = true;
  expect(joined?.enter()).toMatchObject({ retryAfterMs: 2000 });
  const many = Array.from({ length: 100 }, () => accept());
  await closed();
  expect(many.filter(isOpen)).toHaveLength(32);
  expect([isOpen(joined), isOpen(many.at(-1))]).toEqual([true, true]);
  table.shortOfMemory = false;
  expect(joined?.enter()).toBeUndefined();
});

test("no session begins on a connection that does not read", () => {
  const { accept, table } = open();
  const connection = accept() as Connection;
  const response = {
    carrier: connection,
    waiting: 1500,
    taken: 0,
    counted: 0,
    deadline: undefined,
    abort: () => {},
  };
  table.writes.watch(response);
  expect(connection.enter()).toMatchObject({ retryAfterMs: 2000 });
  table.writes.forget(response);
  expect(connection.enter()).toBeUndefined();
});
