import { expect, test } from "vitest";
import type { RoomName } from "../../switchboard/names.ts";
import { RoomIndex } from "./room-index.ts";

const [lobby, stage] = ["lobby", "stage"] as [RoomName, RoomName];

function open() {
  let id = "first";
  const log: string[] = [];
  const index = new RoomIndex(
    async (room) => void log.push(`+${room} ${id}`),
    async (room) => void log.push(`-${room} ${id}`),
  );
  const rename = (to: string) => {
    id = to;
  };
  return { index, log, rename };
}

test("a room is added for its first seat and removed after its last", async () => {
  const { index, log } = open();
  await Promise.all([index.enter(lobby), index.enter(lobby)]);
  await index.leave(lobby);
  expect(log).toEqual(["+lobby first"]);
  await index.leave(lobby);
  expect(log).toEqual(["+lobby first", "-lobby first"]);
  expect(index.size).toBe(0);
});

test("under another id of the node, the rooms that have seats are added again", async () => {
  const { index, log, rename } = open();
  await Promise.all([index.enter(lobby), index.enter(stage)]);
  await index.leave(stage);
  rename("second");
  log.length = 0;
  await index.addAgain();
  expect(log).toEqual(["+lobby second"]);
  await index.leave(lobby);
  expect(log).toEqual(["+lobby second", "-lobby second"]);
});
