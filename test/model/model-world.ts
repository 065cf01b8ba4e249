import { Reason } from "@parley/contract";
import { AckQueue } from "../../server/src/session/ack-queue.ts";
import type { SessionHost } from "../../server/src/session/session-host.ts";
import { MemorySwitchboard } from "../../server/src/switchboard/memory/memory-switchboard.ts";
import { FakeClock } from "../../server/src/time/fake-clock.ts";
import { Timers } from "../../server/src/time/timers.ts";
import { type Life, ModelPeer } from "./model-peer.ts";

export type Step =
  | { readonly do: "open" | "ack" | "cut" | "leave" | "stale" | "block" | "unblock"; readonly peer: string }
  | { readonly do: "up" | "down"; readonly peer: string; readonly count: number }
  | {
      readonly do: "send";
      readonly peer: string;
      readonly to: string;
      readonly kind: "candidate" | "offer" | "broken";
    }
  | { readonly do: "wait"; readonly ms: number };

/** A room of model peers on one engine, under a clock that stands still. */
export class ModelWorld {
  readonly #clock = new FakeClock();
  readonly #host: SessionHost;
  readonly #peers: ReadonlyMap<string, ModelPeer>;
  #signals = 0;
  #resumed = 0;

  constructor(web: Readonly<Record<string, boolean>>, mailboxSignals: number) {
    const timers = new Timers(this.#clock);
    const settings = {
      firstMessageMs: 10_000,
      heartbeatMs: 15_000,
      resumeWindowMs: 30_000,
      signalBytes: 65_536,
      batchSignals: 256,
      messageBytes: 262_144,
      mailboxSignals,
      mailboxBytes: 524_288,
      roomPeers: 100,
      nodePeers: 100,
      duplicatePeerId: "reject" as const,
      node: "model",
      version: "0",
    };
    this.#host = {
      switchboard: new MemorySwitchboard(settings, timers),
      timers,
      acks: new AckQueue(this.#clock),
      settings,
      attached: new Set(),
      draining: false,
      iceServers: () => [],
    };
    this.#peers = new Map(
      Object.entries(web).map(([name, isWeb]) => [name, new ModelPeer(this.#host, name, isWeb)]),
    );
  }

  run(step: Step): void {
    if (step.do === "wait") return this.#clock.advance(step.ms);
    const peer = this.#peer(step.peer);
    switch (step.do) {
      case "open":
        if (peer.life !== undefined) this.#resumed++;
        return peer.open();
      case "send":
        return peer.send(`s${this.#signals++}`, step.to, step.kind);
      case "up":
        return peer.flushUp(step.count);
      case "down":
        return peer.flushDown(step.count);
      case "ack":
        return peer.acknowledge();
      case "cut":
        return peer.cut();
      case "leave":
        return peer.leave();
      case "stale":
        return peer.flushStale();
      case "block":
        return peer.block();
      case "unblock":
        return peer.unblock();
    }
  }

  /** Everybody joins. */
  meet(): void {
    for (const peer of this.#peers.values()) {
      peer.open();
      peer.flushDown(Number.POSITIVE_INFINITY);
    }
  }

  /** Lets everybody come back and everything arrive. */
  settle(): void {
    const peers = [...this.#peers.values()];
    for (let round = 0; round < 50; round++) {
      for (const peer of peers) {
        peer.unblock();
        if (peer.life !== undefined && !peer.connected) peer.open();
        peer.flushUp(Number.POSITIVE_INFINITY);
        peer.flushDown(Number.POSITIVE_INFINITY);
        peer.acknowledge();
      }
      this.#clock.advance(50);
    }
  }

  /** Compares what came with what was sent. */
  check(): void {
    const lives = [...this.#peers.values()].flatMap((peer) => peer.lives);
    const alive = [...this.#peers.values()].filter((peer) => peer.life !== undefined);
    for (const life of lives) this.#checkSender(life, lives);
    for (const life of lives) checkReceiver(life, lives);
    for (const peer of alive) {
      const others = alive.filter((other) => other !== peer).map((other) => other.name);
      const roster = [...peer.roster.keys()];
      if (roster.sort().join() !== others.sort().join()) {
        throw new Error(`${peer.name} sees ${roster}, but there are ${others}`);
      }
      if (peer.unackedCount > 0)
        throw new Error(`${peer.name} has ${peer.unackedCount} signals unacknowledged`);
    }
  }

  outcome() {
    const lives = [...this.#peers.values()].flatMap((peer) => peer.lives);
    const sum = (count: (life: Life) => number) => lives.reduce((total, life) => total + count(life), 0);
    return {
      received: sum((life) => life.received.length),
      rejected: sum((life) => life.rejected.size),
      full: sum(
        (life) => [...life.rejected.values()].filter((reason) => reason === Reason.MAILBOX_FULL).length,
      ),
      slow: [...this.#peers.values()].reduce((total, peer) => total + peer.slow, 0),
      gone: sum((life) => life.gone.length),
      afresh: sum((life) => (life.over ? 1 : 0)),
      resumed: this.#resumed,
    };
  }

  close(): void {
    for (const peer of this.#peers.values()) peer.cut();
    this.#clock.advance(40_000);
    const { rooms, sessions } = this.#host.switchboard.counts();
    if (rooms + sessions !== 0) throw new Error(`${rooms} rooms and ${sessions} sessions are left`);
    if (this.#host.attached.size !== 0) throw new Error("a stream is left");
    if (this.#host.timers.pending !== 0) throw new Error("a timer is left");
    if (this.#clock.pending !== 0) throw new Error("the clock is still asked");
  }

  #peer(name: string): ModelPeer {
    const peer = this.#peers.get(name);
    if (peer === undefined) throw new Error(`no peer ${name}`);
    return peer;
  }

  #checkSender(life: Life, lives: readonly Life[]): void {
    for (const [seq, { id, to }] of life.sent) {
      const arrivals = lives.flatMap((other) => other.received.filter((signal) => signal.id === id));
      const rejected = life.rejected.has(seq);
      if (arrivals.length > 1) throw new Error(`${id} arrived ${arrivals.length} times`);
      if (arrivals.length === 1 && rejected) throw new Error(`${id} was rejected and arrived`);
      if (arrivals.length === 1 || rejected || life.over || seq > life.acked) continue;
      // Acknowledged and not there: its sender must have been told that the recipient is gone.
      if (life.gone.some((gone) => gone.peer === to && gone.afterSeq >= seq)) continue;
      throw new Error(
        `${id} from ${life.peer} to ${to} was acknowledged, and nobody was told that it is lost`,
      );
    }
  }
}

/** What one session received from each session of a sender is in the order of sending. */
function checkReceiver(life: Life, lives: readonly Life[]): void {
  const last = new Map<Life, number>();
  for (const { id, sender } of life.received) {
    for (const from of lives) {
      if (from.peer !== sender) continue;
      for (const [seq, signal] of from.sent) {
        if (signal.id !== id) continue;
        if (seq <= (last.get(from) ?? 0)) throw new Error(`${id} came out of order`);
        last.set(from, seq);
      }
    }
  }
}
