/** A process of peers. It does what its parent orders, reports what its peers see, and ends with its parent. */

import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { CallingPeer } from "./calling-peer.ts";
import { roams, transportOf } from "./fresh-transport.ts";
import type { ClientLine } from "./history/line.ts";
import { impatientTransport } from "./impatient-transport.ts";
import { mqttTransport } from "./mqtt-transport.ts";
import type { PeerEvent } from "./peer-event.ts";
import type { Order, Report } from "./peer-orders.ts";
import { randomFrom } from "./random.ts";

/** How many peers join at once. */
const joinAtOnce = 10;
/** How often what happened is reported, in milliseconds. */
const reportMs = 100;

const peers: CallingPeer[] = [];
let events: PeerEvent[] = [];
let history: ClientLine[] = [];

function report(message: Report): void {
  if (process.connected) process.send?.(message);
}

function flush(): void {
  if (events.length > 0) report({ report: "events", events });
  if (history.length > 0) report({ report: "history", history });
  events = [];
  history = [];
}

async function join(order: Extract<Order, { order: "join" }>): Promise<void> {
  const { peers: plans, url, broker, pauseMs, seed, impatient } = order;
  const random = randomFrom(seed);
  for (const { name, room, way } of plans) {
    const patient =
      way === "MQTT" ? mqttTransport({ broker, url, room, peerId: name }) : transportOf(way, url, random);
    // A device has one topic, and so one try at a time.
    const transport = impatient && way !== "MQTT" ? impatientTransport(patient, random) : patient;
    peers.push(
      new CallingPeer({
        ...{ name, room, transport, pauseMs, random, roams: roams(way) },
        record: (event) => events.push(event),
        write: (line) => history.push(line),
      }),
    );
  }
  for (let i = 0; i < peers.length; i += joinAtOnce) {
    await Promise.all(peers.slice(i, i + joinAtOnce).map((peer) => peer.join()));
    await pause(20);
  }
}

async function carryOut(order: Order): Promise<void> {
  if (order.order === "join") await join(order);
  else if (order.order === "leave") await Promise.all(peers.map((peer) => peer.leave()));
  else for (const peer of peers) order.order === "begin" ? peer.begin() : peer.quiet();
  flush();
  report({ report: "done", order: order.order });
}

process.on("message", (order: Order) => {
  carryOut(order).catch((error: unknown) => report({ report: "failed", message: String(error) }));
});
process.on("disconnect", () => process.exit());
// Ctrl-C is for the whole terminal; the parent ends this when it is time.
process.on("SIGINT", () => {});
setInterval(flush, reportMs);
