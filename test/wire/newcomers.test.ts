import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import type { ConnectionDoor } from "../../server/src/net/connection-door.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { until } from "../kit/until.ts";
import { WirePort } from "./wire-port.ts";

const crowd = 200;
/** What a turn may open: 16 as their bytes come in, and 16 more at its end. */
const mostPerTurn = 32;

/** A door that counts which connections it got in each turn of the event loop. */
class CountingDoor implements ConnectionDoor {
  readonly alpn = "counting";
  readonly preface = Buffer.from("count");
  readonly turns: number[] = [];
  /** Emits "turn" at the end of each. */
  readonly events = new EventEmitter();
  opened = 0;
  #inTurn = 0;

  open(socket: Socket): void {
    this.opened++;
    if (++this.#inTurn === 1) {
      setImmediate(() => {
        this.turns.push(this.#inTurn);
        this.#inTurn = 0;
        this.events.emit("turn");
      });
    }
    socket.resume();
    socket.on("end", () => socket.end());
  }

  drain(): void {}
  close(): void {}
}

async function connected(url: URL): Promise<Socket> {
  const socket = connect(Number(url.port), url.hostname);
  await once(socket, "connect");
  return socket;
}

test("connections that speak at the same moment are opened over several turns", async () => {
  const door = new CountingDoor();
  await using port = await WirePort.start({ connections: [door] });
  const url = new URL(port.url);
  const sockets = await Promise.all(Array.from({ length: crowd }, () => connected(url)));
  // Behind a request that is answered, the server has accepted them all.
  await fetch(url);
  for (const socket of sockets) socket.write("count");
  await until(
    () => door.opened === crowd,
    () => `${crowd} connections to be opened, not ${door.opened}`,
  );
  // It is counted when the last turn is over.
  await new Promise(setImmediate);
  expect(door.turns.reduce((sum, opened) => sum + opened, 0)).toBe(crowd);
  expect(Math.max(...door.turns)).toBeLessThanOrEqual(mostPerTurn);
  for (const socket of sockets) socket.destroy();
});

test("connections that wait to be opened end with the port", async () => {
  const door = new CountingDoor();
  const clock = new FakeClock();
  await using port = await WirePort.start({ connections: [door], clock });
  const url = new URL(port.url);
  const sockets = await Promise.all(Array.from({ length: crowd }, () => connected(url)));
  await fetch(url);
  let closed = 0;
  for (const socket of sockets) {
    socket.on("error", () => {});
    socket.on("close", () => closed++);
    socket.write("count");
  }
  await once(door.events, "turn");
  const end = port.close(1000);
  const { opened } = door;
  await until(
    () => closed >= crowd - opened,
    () => `${crowd - opened} connections to be closed, not ${closed}`,
  );
  clock.advance(1000);
  expect(await end).toEqual({ connectionsCut: opened });
  expect(door.opened).toBe(opened);
  expect(opened).toBeLessThan(crowd);
});
