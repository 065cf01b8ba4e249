import { expect, test } from "vitest";
import type { PeerId, RoomName } from "../../switchboard/names.ts";
import type { Member } from "../../switchboard/roster.ts";
import { RedisKeys } from "./redis-keys.ts";
import type { RosterStep, StoredRoster } from "./room-view.ts";
import { RoomViews } from "./room-views.ts";

const room = "standup" as RoomName;
const keys = new RedisKeys("parley");
const flushed = () => Promise.resolve();

function member(name: string, session: number, joinedAt: number): Member {
  return { peerId: name as PeerId, session, joinedAt, metadata: {}, trusted: {} };
}

function joined(newcomer: Member, previous: number, version: number): RosterStep {
  return { kind: "joined", member: newcomer, previous, version };
}

/** The roster of a room of two, as a node knows it that has a seat there. */
async function viewOfTwo() {
  let stored: StoredRoster = {
    version: 12,
    newest: 2,
    members: [member("old-a", 1, 100), member("old-b", 2, 101)],
  };
  const errors: unknown[] = [];
  const views = new RoomViews(
    keys,
    () => Promise.resolve(stored),
    (error) => errors.push(error),
  );
  const view = views.enter(room);
  await views.catchUp(room, { steps: [], roster: stored, rosterVersion: 12 }, flushed);
  return {
    views,
    view,
    errors,
    names: () => view.others(0).map(({ peerId }) => peerId),
    lose: (roster: StoredRoster) => {
      stored = roster;
    },
  };
}

test("a room that began after Redis lost everything replaces the old one, at whatever version it is", async () => {
  for (const version of [5, 12, 50]) {
    const { views, view, names } = await viewOfTwo();
    const roster = { version, newest: 1, members: [member("new-a", 1, 200)] };
    await views.catchUp(
      room,
      { steps: [joined(member("new-a", 1, 200), 0, version)], roster, rosterVersion: version },
      flushed,
    );
    expect(names()).toEqual(["new-a"]);
    expect(view.version).toBe(version);
  }
});

test("a publication of the later room makes the node read its roster, and only once", async () => {
  const { views, view, names, lose, errors } = await viewOfTwo();
  lose({ version: 6, newest: 2, members: [member("new-a", 1, 200), member("new-b", 2, 201)] });
  views.changed(keys.room(room), joined(member("new-b", 2, 201), 5, 6));
  await views.learn(room);
  expect(names()).toEqual(["new-a", "new-b"]);
  expect({ version: view.version, newest: view.newest, errors }).toEqual({
    version: 6,
    newest: 2,
    errors: [],
  });
});

test("an attachment in the later room that brings no roster has it read", async () => {
  const { views, names, lose } = await viewOfTwo();
  lose({ version: 13, newest: 2, members: [member("new-a", 1, 200), member("new-b", 2, 201)] });
  await views.catchUp(
    room,
    { steps: [joined(member("new-b", 2, 201), 12, 13)], roster: undefined, rosterVersion: 13 },
    flushed,
  );
  expect(names()).toEqual(["new-a", "new-b"]);
});

test("a late roster of the same room is no later room", async () => {
  const { views, names } = await viewOfTwo();
  views.changed(keys.room(room), joined(member("c", 3, 102), 12, 13));
  await views.catchUp(
    room,
    { steps: [], roster: { version: 11, newest: 1, members: [member("old-a", 1, 100)] }, rosterVersion: 11 },
    flushed,
  );
  expect(names()).toEqual(["old-a", "old-b", "c"]);
});
