import { beforeEach, expect, test } from "vitest";
import { SettlingClock, settle } from "../testing/settling-clock.ts";
import { ReceiveWatch } from "./receive-watch.ts";

let clock: SettlingClock;
let watch: ReceiveWatch;
let connection: FakeReceiver;
/** What the watch reported. */
let told: string[];

/** A connection as far as the watch looks at it. */
class FakeReceiver {
  connectionState: RTCPeerConnectionState = "connected";
  /** Whether media arrives, and whether it can be decrypted. */
  arrives = true;
  decrypts = true;
  /** Whether the peer sends, and whether it reports that. */
  sends = true;
  reports = false;
  /** How many packets it sends from one reading to the next. */
  pace = 10;
  #restarts = 0;
  #packets = 0;
  #bytes = 0;
  #reported = 0;

  restart(): void {
    this.#restarts++;
    watch.look(this.connection);
  }

  get connection(): RTCPeerConnection {
    return this as unknown as RTCPeerConnection;
  }

  get localDescription() {
    return { sdp: `a=ice-ufrag:own${this.#restarts}\r\n` };
  }

  get remoteDescription() {
    return { sdp: `a=ice-ufrag:peer${this.#restarts}\r\n` };
  }

  getReceivers() {
    return [{ track: { readyState: "live" } }];
  }

  async getStats() {
    if (this.sends && this.arrives) this.#bytes += 10_000;
    if (this.sends && this.arrives && this.decrypts) this.#packets += this.pace;
    if (this.sends && this.reports) this.#reported += 10;
    return [
      { type: "inbound-rtp", packetsReceived: this.#packets },
      { type: "remote-outbound-rtp", packetsSent: this.#reported },
      { type: "candidate-pair", bytesReceived: this.#bytes },
    ];
  }
}

function newWatch(): ReceiveWatch {
  return new ReceiveWatch({
    clock,
    starved: (starved) => told.push(starved ? "starved" : "fed"),
    repair: (step) => told.push(step),
  });
}

beforeEach(async () => {
  clock = new SettlingClock();
  told = [];
  watch = newWatch();
  connection = new FakeReceiver();
  watch.look(connection.connection);
  await clock.advance(3_000);
  expect(told).toEqual([]);
});

test("media that stops after an ICE restart is noticed within a second, and first restarted again", async () => {
  connection.restart();
  await clock.advance(1_000);
  expect(told).toEqual([]);
  connection.arrives = false;
  await clock.advance(1_000);
  expect(told).toEqual(["starved", "restart"]);
  connection.arrives = true;
  connection.restart();
  await clock.advance(1_000);
  expect(told).toEqual(["starved", "restart", "fed"]);
});

test("a link that a restart does not help is rebuilt, once", async () => {
  connection.restart();
  connection.arrives = false;
  await clock.advance(14_000);
  expect(told).toEqual(["starved", "restart", "rebuild"]);
});

/** The path is being renewed, and then is up again, with or without media. */
async function renew(arrives: boolean): Promise<void> {
  connection.connectionState = "connecting";
  watch.look(connection.connection);
  connection.connectionState = "connected";
  connection.arrives = arrives;
  connection.restart();
  await clock.advance(1_000);
}

test("a restart is given time: media that is slow to come back causes no other one", async () => {
  connection.restart();
  connection.arrives = false;
  await clock.advance(1_000);
  await renew(false);
  await renew(false);
  expect(told).toEqual(["starved", "restart", "fed", "starved", "fed", "starved"]);
  await renew(true);
  await clock.advance(3_000);
  told = [];
  connection.arrives = false;
  await clock.advance(1_000);
  expect(told).toEqual(["starved", "restart"]);
});

test("a link without media some seconds after a restart of its own is rebuilt", async () => {
  connection.restart();
  connection.arrives = false;
  await clock.advance(1_000);
  await renew(false);
  await clock.advance(2_000);
  expect(told).toEqual(["starved", "restart", "fed", "starved", "rebuild"]);
});

test("a restart that came too soon is made up for, where the link was rebuilt just now and cannot be again", async () => {
  connection.restart();
  connection.arrives = false;
  await clock.advance(1_000);
  await renew(false);
  await clock.advance(6_000);
  expect(told).toEqual(["starved", "restart", "fed", "starved", "rebuild", "restart"]);
});

test("a screen that shows the same for a while is not restarted, and is if nothing comes for long", async () => {
  connection.pace = 1;
  await clock.advance(2_000);
  connection.restart();
  connection.arrives = false;
  await clock.advance(4_000);
  expect(told).toEqual([]);
  await clock.advance(2_000);
  expect(told).toEqual(["starved", "restart"]);
});

test("media that stops with a restart is noticed at once, even if the link is less than a second old", async () => {
  watch.stop();
  watch = newWatch();
  watch.look(connection.connection);
  await clock.advance(500);
  connection.restart();
  await clock.advance(400);
  connection.arrives = false;
  await clock.advance(1_000);
  expect(told).toEqual(["starved", "restart"]);
});

test("packets that arrive and cannot be decrypted are noticed without a restart, too", async () => {
  connection.decrypts = false;
  await clock.advance(1_600);
  expect(told).toEqual(["starved", "restart"]);
});

test("so is a peer that reports to send while nothing arrives", async () => {
  connection.reports = true;
  connection.arrives = false;
  await clock.advance(1_600);
  expect(told).toEqual(["starved", "restart"]);
});

test("a peer that sends nothing starves nobody, also across a restart", async () => {
  connection.sends = false;
  await clock.advance(10_000);
  connection.restart();
  await clock.advance(30_000);
  expect(told).toEqual([]);
});

test("a connection that is not up is not watched, and a link that is over leaves no timer", async () => {
  connection.restart();
  connection.connectionState = "disconnected";
  connection.arrives = false;
  watch.look(connection.connection);
  await clock.advance(10_000);
  expect([told, clock.pending]).toEqual([[], 0]);
  connection.connectionState = "connected";
  watch.look(connection.connection);
  watch.stop();
  await settle();
  expect(clock.pending).toBe(0);
});
