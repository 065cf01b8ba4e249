import { readdirSync, readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { reasonName, SignalRequestSchema } from "@parley/contract";
import { describe, expect, test } from "vitest";
import type { VectorSignal, Vectors } from "../../vectors/vector.ts";
import type { SignalInit } from "../ways/index.ts";
import { pairs, relay, relayedBytes } from "./relay.ts";

const folder = new URL("../../vectors/", import.meta.url);
const collected = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name): Vectors => JSON.parse(readFileSync(new URL(name, folder), "utf8")));

function signalOf(signal: VectorSignal): SignalInit {
  if (signal.kind !== "candidate") return { body: { case: signal.kind, value: { sdp: signal.sdp } } };
  const { kind: _kind, ...value } = signal;
  return { body: { case: "iceCandidate", value } };
}

test("every stack has vectors, and what each can do is among them", () => {
  expect(collected.map(({ stack }) => stack).sort()).toEqual([
    "@roamhq/wrtc",
    "Chromium",
    "Firefox",
    "aiortc",
    "node-datachannel",
    "pion",
    "werift",
  ]);
  const scenarios = new Set(collected.flatMap((each) => Object.keys(each.scenarios)));
  for (const wanted of ["restart", "rejected", "stopped media", "data only", "video sections", "ICE-lite"]) {
    expect(
      [...scenarios].some((name) => name.includes(wanted)),
      wanted,
    ).toBe(true);
  }
  const signals = collected.flatMap((each) => Object.values(each.scenarios)).flat();
  expect(new Set(signals.map(({ kind }) => kind))).toEqual(new Set(["offer", "answer", "candidate"]));
});

describe.each(collected)("what $stack $version really sends", ({ scenarios }) => {
  test.each(pairs)("arrives byte for byte from $from.name to $to.name", async ({ from, to }) => {
    const batches = Object.values(scenarios).map((signals) => signals.map(signalOf));
    const { relayed, rejected } = await relay(from, to, batches);
    expect(rejected.map(({ reason, message }) => `${reasonName(reason)}: ${message}`)).toEqual([]);
    const sent = batches.flat().map((signal) => relayedBytes(create(SignalRequestSchema, signal)));
    expect(relayed.map(relayedBytes)).toEqual(sent);
  });
});
