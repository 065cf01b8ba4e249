import { once } from "node:events";
import { expect, test } from "vitest";
import type { RedisConnection } from "../../server/src/engines/redis/redis-connection.ts";
import { WatchedConnection } from "../../server/src/engines/redis/watched-connection.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { socketPair } from "../kit/socket-pair.ts";
import { stall } from "../kit/stall.ts";

/** A connection to nothing, which answers what the test wants. */
function fake(answers: Partial<RedisConnection>): RedisConnection {
  const never = () => new Promise<never>(() => {});
  return {
    send: never,
    sendToAll: never,
    subscribe: never,
    connect: async () => {},
    close: () => {},
    ...answers,
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a connection that needs long to find the primary is given more time each time, until it has found it", async () => {
  const clock = new FakeClock();
  const errors: string[] = [];
  // As on a busy machine after a failover: each needs twelve seconds for its first answer.
  const make = () => fake({ send: () => new Promise((resolve) => clock.after(12_000, () => resolve("OK"))) });
  const watched = new WatchedConnection(make, ({ message }) => errors.push(message), clock);
  let answer: unknown;
  const ask = async () => {
    while (answer === undefined) answer = await watched.send("key", ["GET", "key"]).catch(() => undefined);
  };
  const asked = ask();
  for (let seconds = 0; seconds < 120 && answer === undefined; seconds++) {
    clock.advance(1000);
    await turn();
  }
  await asked;
  expect(answer).toBe("OK");
  expect(errors).toEqual(["Redis has not answered for 5 s", "Redis has not answered for 10 s"]);
  watched.close();
});

test("a connection that gives up for good is replaced by another one", async () => {
  const clock = new FakeClock();
  const errors: string[] = [];
  const refuses = () => Promise.reject(new Error("no valid master node"));
  const silent = fake({});
  const gaveUp = fake({ connect: refuses, send: refuses });
  const works = fake({ send: async () => "OK" });
  const made = [silent, gaveUp, works];
  const watched = new WatchedConnection(
    () => made.shift() ?? works,
    ({ message }) => errors.push(message),
    clock,
  );
  watched.send("key", ["GET", "key"]).catch(() => {});
  let answer: unknown;
  for (let seconds = 0; seconds < 60 && answer === undefined; seconds++) {
    clock.advance(1000);
    await turn();
    // What is refused at once is sent again.
    if (seconds > 5) answer = await watched.send("key", ["GET", "key"]).catch(() => undefined);
  }
  expect(answer).toBe("OK");
  expect(errors).toEqual(["Redis has not answered for 5 s", "no valid master node"]);
  watched.close();
});

test("an answer that came while this process stood still counts", async () => {
  using link = await socketPair();
  const errors: Error[] = [];
  const answer = once(link.far, "data").then(([bytes]) => String(bytes));
  const watched = new WatchedConnection(
    () => fake({ send: () => answer }),
    (error) => errors.push(error),
  );
  const asked = watched.send("key", ["GET", "key"]);
  link.near.write("OK");
  // Longer than Redis may be silent.
  stall(6500);
  expect(await asked).toBe("OK");
  expect(errors).toEqual([]);
  watched.close();
});
