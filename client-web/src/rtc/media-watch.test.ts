import { beforeEach, expect, test, vi } from "vitest";
import { SettlingClock } from "../testing/settling-clock.ts";
import { MediaWatch } from "./media-watch.ts";

let clock: SettlingClock;
let watch: MediaWatch;
/** What the watch reported. */
let reported: string[];
/** How often a connection was asked for statistics. */
let readings: number;

beforeEach(() => {
  clock = new SettlingClock();
  reported = [];
  readings = 0;
  watch = new MediaWatch({
    clock,
    starved: (starved) => reported.push(starved ? "starved" : "fed"),
    repair: (step) => reported.push(step),
  });
});

/** A connection to a peer that reports to send; nothing of it arrives. */
function connection(receivers: number, connectionState: RTCPeerConnectionState = "connected") {
  return {
    connectionState,
    localDescription: null,
    remoteDescription: null,
    getReceivers: () => Array.from({ length: receivers }, () => ({ track: { readyState: "live" } })),
    getStats: async () => [{ type: "remote-outbound-rtp", packetsSent: ++readings * 10 }],
  } as unknown as RTCPeerConnection;
}

/** Waits until the code is loaded and the clock is asked for the first reading. */
async function loaded(): Promise<void> {
  await vi.waitFor(() => expect(clock.pending).toBeGreaterThan(0));
}

test("a link that starves is noticed, although its watch has to be loaded first", async () => {
  watch.look(connection(1));
  await loaded();
  await clock.advance(2000);
  expect(reported).toEqual(["starved", "restart"]);
});

test("a link that only exchanges data is not watched, until it receives media", async () => {
  watch.look(connection(0));
  watch.look(connection(1, "connecting"));
  await clock.advance(5000);
  expect(readings).toBe(0);
  watch.look(connection(1));
  await loaded();
  await clock.advance(5000);
  expect(readings).toBeGreaterThan(0);
});

test("a link that is over before the watch is loaded is not watched", async () => {
  watch.look(connection(1));
  watch.stop();
  await import("./receive-watch.ts");
  await clock.advance(5000);
  expect(readings).toBe(0);
});
