import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  openRedisConnection,
  type RedisConnection,
} from "../../server/src/engines/redis/redis-connection.ts";
import { RedisKeys } from "../../server/src/engines/redis/redis-keys.ts";
import { RedisLink } from "../../server/src/engines/redis/redis-link.ts";
import { parseRedisUrl } from "../../server/src/engines/redis/redis-url.ts";
import { RoomLooks } from "../../server/src/engines/redis/room-looks.ts";
import type { RoomName } from "../../server/src/switchboard/names.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { RedisServer } from "./redis-server.ts";

const room = "room" as RoomName;
/** Longer than until the first look at a room, and than from one look to the next, in milliseconds. */
const turnMs = 7000;

let redis: RedisServer;
let connection: RedisConnection;
let looks: RoomLooks;
let offsetMs = 0;
let opened = 0;

beforeAll(async () => {
  redis = await RedisServer.start();
  connection = openRedisConnection(parseRedisUrl(redis.url), undefined, { onError() {} });
  await connection.connect();
});
afterAll(async () => {
  connection.close();
  await redis[Symbol.asyncDispose]();
});
beforeEach(async () => {
  offsetMs = 0;
  looks = new RoomLooks(
    new RedisLink(connection, systemClock),
    new RedisKeys(`t${opened++}`),
    () => offsetMs,
  );
  await looks.note(room, "node");
});

/** Lets a turn pass, and takes the room. */
async function claim() {
  offsetMs += turnMs;
  const [claimed] = await looks.claim(10);
  if (claimed === undefined) throw new Error("it was not the room's turn");
  return claimed;
}

test("a room is looked at again and again, by one node in each turn", async () => {
  expect(await looks.claim(10)).toEqual([]);
  for (let turn = 0; turn < 3; turn++) {
    await claim();
    expect(await looks.claim(10)).toEqual([]);
  }
});

test("a room that is found empty is not looked at any more", async () => {
  await looks.retire(await claim());
  offsetMs += turnMs;
  expect(await looks.claim(10)).toEqual([]);
});

test("looks at a room go on if a peer may have come since it was found empty", async () => {
  const claimed = await claim();
  await looks.note(room, "node");
  await looks.retire(claimed);
  await claim();
});

test("a node that was slow to find a room empty does not retire it", async () => {
  const claimed = await claim();
  // Who comes now does not change the turn, and so would not be noticed.
  offsetMs += turnMs / 2;
  await looks.note(room, "node");
  await looks.retire(claimed);
  await claim();
});
