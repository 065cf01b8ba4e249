import { Reason } from "@parley/contract";
import { openAdmission } from "../../server/src/admission/admission.ts";
import { AckQueue } from "../../server/src/session/ack-queue.ts";
import { Drain } from "../../server/src/session/drain.ts";
import type { SessionContext } from "../../server/src/session/session-context.ts";
import { SignalBudgets } from "../../server/src/session/signal-budgets.ts";
import { TurnQueue } from "../../server/src/session/turn-queue.ts";
import type { Switchboard } from "../../server/src/switchboard/switchboard.ts";
import { silentObserver } from "../../server/src/telemetry/observer.ts";
import type { Timers } from "../../server/src/time/timers.ts";
import type { FakeClock } from "../kit/fake-clock.ts";
import { generousRates } from "../kit/generous-rates.ts";
import { type Life, lastUpdate } from "./life.ts";
import type { ModelDevices } from "./model-devices.ts";
import { ModelPeer, type ModelPeerTraits } from "./model-peer.ts";

type PlainStep =
  | "open"
  | "update"
  | "ack"
  | "cut"
  | "reload"
  | "late"
  | "leave"
  | "stale"
  | "block"
  | "unblock";

export type Step =
  | { readonly do: PlainStep; readonly peer: string }
  | { readonly do: "up" | "down"; readonly peer: string; readonly count: number }
  | {
      readonly do: "send";
      readonly peer: string;
      readonly to: string;
      readonly kind: "candidate" | "offer" | "broken";
      /** To the session that the sender knows, and no other. */
      readonly exact: boolean;
    }
  | { readonly do: "wait"; readonly ms: number };

/** What a world is played on: one node, or several that share an engine. */
export interface ModelEngine {
  readonly clock: FakeClock;
  /** Devices behind a broker, if some peers may be that. */
  readonly devices?: ModelDevices;
  /** The same for all nodes. */
  readonly hosts: readonly [SessionContext, ...SessionContext[]];
  /** Resolves when everything that was caused has happened. */
  readonly settle: () => Promise<void>;
  /** How often each has to be given its turn until everything has arrived. */
  readonly rounds: number;
  /** Closes the engine, and says what is left in it. */
  close(): Promise<readonly string[]>;
}

/** The settings of a world. */
export function modelSettings(mailboxSignals: number) {
  return {
    firstMessageMs: 10_000,
    seqGapMs: 0,
    heartbeatMs: 15_000,
    tokenWarningMs: 60_000,
    lobbyPeers: 50,
    lobbyWaitMs: 600_000,
    resumeWindowMs: 30_000,
    signalBytes: 65_536,
    metadataBytes: 4096,
    slowReaderMs: 2000,
    batchSignals: 256,
    streams: 1000,
    messageBytes: 262_144,
    firstMessageBytes: 16_384,
    mailboxSignals,
    mailboxBytes: 524_288,
    roomPeers: 100,
    admission: { timeoutMs: 2000 },
    roomMetadataBytes: 65_536,
    updatesPerSecond: 1,
    nodePeers: 100,
    nodeLobbyPeers: 100,
    duplicatePeerId: "reject" as const,
    node: "model",
    version: "0",
  };
}

/** What one node is made of. */
export function modelHost(
  clock: FakeClock,
  timers: Timers,
  settings: ReturnType<typeof modelSettings>,
  switchboard: Switchboard,
): SessionContext {
  return {
    switchboard,
    timers,
    admission: openAdmission,
    observer: silentObserver,
    acks: new AckQueue(clock),
    // Here everything happens in one turn.
    attaches: new TurnQueue(() => {}, Number.POSITIVE_INFINITY),
    settings,
    attached: new Set(),
    drain: new Drain(() => 0),
    revocations: { refusal: () => undefined },
    budgets: new SignalBudgets(generousRates, () => timers.now()),
    iceServers: { offer: () => ({ servers: [] }) },
    lobbies: false,
    onError: (error) => {
      throw error;
    },
  };
}

/** How far the clock goes at once, in milliseconds. Nodes to which more time passes in one jump have slept. */
const stepMs = 2000;

/** A room of model peers on one engine, under a clock that stands still. */
export class ModelWorld {
  readonly #engine: ModelEngine;
  readonly #peers: ReadonlyMap<string, ModelPeer>;
  #signals = 0;
  #resumed = 0;

  /** @param peers what they are like, by the names that the steps use. */
  constructor(peers: Readonly<Record<string, ModelPeerTraits>>, engine: ModelEngine) {
    this.#engine = engine;
    let streams = 0;
    // No stream and no call comes to the node of the one before it.
    const host = () => engine.hosts[streams++ % engine.hosts.length] ?? engine.hosts[0];
    engine.devices?.begin(host);
    this.#peers = new Map(
      Object.entries(peers).map(([key, traits]) => [key, new ModelPeer(host, traits, engine.devices)]),
    );
  }

  async run(step: Step): Promise<void> {
    if (step.do === "wait") return this.#wait(step.ms);
    await this.#act(this.#peer(step.peer), step);
    await this.#settle();
  }

  /** Lets time pass, in milliseconds. */
  async #wait(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.#engine.clock.advance(Math.min(left, stepMs));
      await this.#settle();
    }
  }

  async #act(peer: ModelPeer, step: Exclude<Step, { do: "wait" }>): Promise<void> {
    switch (step.do) {
      case "open":
        if (peer.life !== undefined) this.#resumed++;
        return peer.open();
      case "send":
        return peer.send(`s${this.#signals++}`, step.to, step.kind, step.exact);
      case "update":
        return peer.update(`u${this.#signals++}`);
      case "up":
        return this.#flushUp(peer, step.count);
      case "down":
        return peer.flushDown(step.count);
      case "ack":
        return peer.acknowledge();
      case "cut":
        return peer.cut();
      case "reload":
        return peer.reload();
      case "late":
        peer.late();
        await this.#settle();
        return peer.cutStrays();
      case "leave":
        if (peer.leave()) await this.#takeLeave(peer);
        return;
      case "stale":
        return peer.flushStale();
      case "block":
        return peer.block();
      case "unblock":
        return peer.unblock();
    }
  }

  /** Waits until the server has let go, which takes a while where a mailbox before it is full. */
  async #takeLeave(peer: ModelPeer): Promise<void> {
    for (let waited = 0; waited < 2000 && peer.streaming; waited += 50) {
      await this.#flushUp(peer);
      if (peer.streaming) this.#engine.clock.advance(50);
      await this.#settle();
    }
    peer.flushDown(Number.POSITIVE_INFINITY);
  }

  /** One after another: a client has one call under way. */
  async #flushUp(peer: ModelPeer, count = Number.POSITIVE_INFINITY): Promise<void> {
    for (let moved = 0; moved < count && !peer.upEmpty; moved++) {
      peer.flushUp(1);
      await this.#settle();
    }
  }

  async #settle(): Promise<void> {
    await this.#engine.settle();
    for (const peer of this.#peers.values()) peer.collect();
  }

  /** Everybody joins. */
  async meet(): Promise<void> {
    for (const peer of this.#peers.values()) {
      peer.open();
      await this.#settle();
      peer.flushDown(Number.POSITIVE_INFINITY);
    }
  }

  /** Lets everybody come back and everything arrive. */
  async settle(): Promise<void> {
    const peers = [...this.#peers.values()];
    for (const peer of peers) peer.cutStrays();
    for (let round = 0; round < this.#engine.rounds; round++) {
      for (const peer of peers) {
        peer.unblock();
        if (peer.life !== undefined && !peer.connected) peer.open();
        await this.#flushUp(peer);
        peer.flushDown(Number.POSITIVE_INFINITY);
        peer.acknowledge();
      }
      this.#engine.clock.advance(50);
      await this.#settle();
    }
  }

  /** Compares what came with what was sent. */
  check(): void {
    const lives = [...this.#peers.values()].flatMap((peer) => peer.lives);
    const alive = [...this.#peers.values()].filter((peer) => peer.life !== undefined);
    for (const life of lives) this.#checkSender(life, lives);
    for (const life of lives) checkReceiver(life, lives);
    for (const peer of alive) {
      const others = alive.filter((other) => other !== peer).map(describe);
      const roster = [...peer.roster.members].map(
        ([name, { session, update }]) => `${name} ${session} ${update}`,
      );
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
      limited: sum(
        (life) => [...life.rejected.values()].filter((reason) => reason === Reason.RATE_LIMITED).length,
      ),
      slow: [...this.#peers.values()].reduce((total, peer) => total + peer.slow, 0),
      gone: sum((life) => life.gone.length),
      rejoin: sum((life) => (life.over ? 1 : 0)),
      resumed: this.#resumed,
    };
  }

  /** Everybody goes; then nothing may be left. */
  async close(): Promise<void> {
    for (const peer of this.#peers.values()) {
      peer.cut();
      peer.cutStrays();
    }
    await this.#settle();
    await this.#wait(40_000);
    for (const { switchboard, attached, timers } of this.#engine.hosts) {
      const { rooms, sessions } = switchboard.counts();
      if (rooms + sessions !== 0) throw new Error(`${rooms} rooms and ${sessions} sessions are left`);
      if (attached.size !== 0) throw new Error("a stream is left");
      if (timers.pending !== 0) throw new Error("a timer is left");
    }
    const left = await this.#engine.close();
    if (left.length > 0) throw new Error(`the engine has kept ${left.join(", ")}`);
    if (this.#engine.clock.pending !== 0) throw new Error("the clock is still asked");
  }

  #peer(name: string): ModelPeer {
    const peer = this.#peers.get(name);
    if (peer === undefined) throw new Error(`no peer ${name}`);
    return peer;
  }

  #checkSender(life: Life, lives: readonly Life[]): void {
    for (const [seq, { id, to, toSession, known }] of life.sent) {
      if (to === "") continue; // an update, which the rosters show
      const receivers = lives.filter((other) => other.received.some((signal) => signal.id === id));
      const arrivals = receivers.flatMap((other) => other.received.filter((signal) => signal.id === id));
      if (toSession !== 0 && receivers.some(({ session }) => session !== toSession)) {
        throw new Error(`${id} to ${to} ${toSession} reached ${receivers.map(({ session }) => session)}`);
      }
      if (
        arrivals.some(({ sender, senderSession }) => sender !== life.peer || senderSession !== life.session)
      ) {
        throw new Error(`${id} of ${life.peer} ${life.session} came from another session`);
      }
      const rejected = life.rejected.has(seq);
      if (arrivals.length > 1) throw new Error(`${id} arrived ${arrivals.length} times`);
      if (arrivals.length === 1 && rejected) throw new Error(`${id} was rejected and arrived`);
      if (arrivals.length === 1 || rejected || life.over || seq > life.acked) continue;
      // Its sender wrote to a name of which it knew no holder.
      if (!known) continue;
      // Acknowledged and not there: its sender must have seen that the recipient is gone.
      if (life.gone.some((gone) => gone.peer === to && gone.afterSeq >= seq)) continue;
      throw new Error(
        `${id} from ${life.peer} to ${to} was acknowledged, and nobody was notified that it is lost`,
      );
    }
  }
}

/** What one session received from each session of a sender is in the order of sending. */
function checkReceiver(life: Life, lives: readonly Life[]): void {
  const last = new Map<Life, number>();
  for (const { id, sender, senderSession } of life.received) {
    for (const from of lives) {
      if (from.peer !== sender || from.session !== senderSession) continue;
      for (const [seq, signal] of from.sent) {
        if (signal.id !== id) continue;
        if (seq <= (last.get(from) ?? 0)) throw new Error(`${id} came out of order`);
        last.set(from, seq);
      }
    }
  }
}

/** A peer as the others should see it: its name, its session, and its last update. */
function describe({ name, life }: ModelPeer): string {
  return `${name} ${life?.session} ${life === undefined ? "" : lastUpdate(life)}`;
}
