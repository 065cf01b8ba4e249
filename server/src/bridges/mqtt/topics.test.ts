import { expect, test } from "vitest";
import { deviceBase, readTopic } from "./topics.ts";

test.each([
  ["standup", "cam-1", "parley/v1/standup/cam-1"],
  ["a+b", "c:d@e~f", "parley/v1/a%2Bb/c:d@e~f"],
])("room %s and peer %s have one topic", (room, peerId, base) => {
  expect(deviceBase({ room, peerId })).toBe(base);
  expect(readTopic(`${base}/up`)).toEqual({ base, kind: "up", names: { room, peerId } });
  expect(readTopic(`${base}/gone`)).toEqual({ base, kind: "gone", names: { room, peerId } });
});

test.each(
  [
    "a%2bb/c",
    "a/%63",
    "a/100%",
    "a/..%2F..%2Fetc%2Fpasswd",
    "a/.%2Fcam-1",
    "a%23lobby/c",
    "a/\u{e9}",
    "/",
  ].map((names) => `parley/v1/${names}`),
)("%s has an invalid name or another spelling, and belongs to no peer", (base) => {
  expect(readTopic(`${base}/up`)).toEqual({ base, kind: "up", names: undefined });
});

test.each(["parley/v1/bridge", "parley/v1/a/b/down", "parley/v1/a/b/c/up", "x/parley/v1/a/b/up"])(
  "%s is no topic that a device publishes to",
  (topic) => {
    expect(readTopic(topic)).toBeUndefined();
  },
);
