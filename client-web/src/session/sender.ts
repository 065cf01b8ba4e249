import type { Rejected, SignalRequest } from "@parley/contract/plain";
import type { Clock } from "../clock.ts";
import { clientError, errorOf, rejectionError, SignalingError } from "../signaling-error.ts";
import { Timers } from "../timers.ts";
import type { Inbox } from "./inbox.ts";
import { Outbox, type Pending, type SendingLimits } from "./outbox.ts";
import type { ReconnectPolicy } from "./reconnect-policy.ts";
import { sizeOf } from "./request-size.ts";
import type { BatchAnswer, SessionStream } from "./session-transport.ts";
import type { Progress } from "./signal-trace.ts";
import type { RejectedSignal } from "./signaling-events.ts";
import { request } from "./signals.ts";

/** How long candidates wait for more of them, in milliseconds. ICE gathers in bursts of this length. */
const gatherMs = 30;
/** How long an acknowledgement waits for a signal that carries it, in milliseconds. */
const ackDelayMs = 1000;
/** How long one batch may take, in milliseconds. */
const batchDeadlineMs = 10_000;
/** How long the proof that the service is still reached may take, in milliseconds. */
const proofMs = 1_500;
/** After how many failed batches in a row the whole session is taken up again. */
const batchAttempts = 3;

/** What a sender needs of its session. */
export interface SenderHost {
  readonly clock: Clock;
  readonly policy: ReconnectPolicy;
  readonly inbox: Inbox;
  /** A batch failed in a way that sending it again does not mend. */
  failed(error: SignalingError): void;
  /** A batch has arrived. */
  delivered(): void;
  /** A signal will not arrive, which was not reported yet. */
  rejected(error: SignalingError, signal: RejectedSignal): void;
  progress(pending: Pending, progress: Progress): void;
}

/** The way out of a session: batches, one in flight, sent again until they are acknowledged. */
export class Sender {
  limits: SendingLimits = { signalBytes: 65_536, batchSignals: 64, batchBytes: 65_536 };
  heartbeatMs = 15_000;
  readonly #host: SenderHost;
  readonly #outbox = new Outbox();
  #stream: SessionStream | undefined;
  #inFlight: AbortController | undefined;
  #failures = 0;
  #sentAt = 0;
  /** What was rejected in an answer, until the stream repeats it. */
  readonly #answered = new Set<number>();
  readonly #timers: Timers<"flush" | "retry" | "ack" | "heartbeat" | "proof">;

  constructor(host: SenderHost) {
    this.#host = host;
    this.#timers = new Timers(host.clock);
  }

  /** The highest number that is acknowledged; 0 for none. */
  get acked(): number {
    return this.#outbox.acked;
  }

  /** How many signals are not acknowledged. */
  get size(): number {
    return this.#outbox.size;
  }

  /** A stream takes signals: says again what is not acknowledged. With `beat`, says something in any case. */
  attach(stream: SessionStream, beat = false): void {
    if (this.#stream === stream) return;
    this.detach();
    this.#stream = stream;
    this.#sentAt = this.#host.clock.now();
    this.#beatLater();
    this.flush(beat);
  }

  /** Without a stream, everything waits. */
  detach(): void {
    this.#stream = undefined;
    this.#inFlight?.abort();
    this.#inFlight = undefined;
    this.#failures = 0;
    this.#outbox.rewind();
    this.#timers.stopAll();
  }

  /** Sends a signal, and resolves when it is acknowledged. `urgent` ones do not wait for others. */
  async send(request: SignalRequest, urgent: boolean): Promise<void> {
    const bytes = sizeOf(request);
    const { signalBytes } = this.limits;
    if (bytes > signalBytes) {
      const message = `a signal of ${bytes} bytes; the server takes ${signalBytes}`;
      throw new SignalingError("MESSAGE_TOO_LARGE", message, { retry: "never" });
    }
    return new Promise((resolve, reject) => {
      this.#outbox.add(request, bytes, (error) => (error === undefined ? resolve() : reject(error)));
      if (urgent) this.flush();
      else this.#flushLater(gatherMs);
    });
  }

  /** Takes an `ack` of the server that no `Rejected` can follow. */
  acknowledge(ack: number): void {
    for (const pending of this.#outbox.acknowledge(ack)) {
      if (pending.rejected) continue;
      this.#host.progress(pending, { step: "acknowledged" });
      pending.settle();
    }
  }

  /**
   * Takes a `Rejected`. It comes by the stream, and where batches have answers, in the answer too; whichever
   * is first is reported.
   */
  reject(rejected: Rejected, by: "stream" | "answer"): void {
    const { seq } = rejected;
    if (by === "stream" && this.#answered.delete(seq)) return;
    const pending = this.#outbox.find(seq);
    // What is acknowledged by the stream was rejected by the stream before that.
    if (by === "answer" && (pending === undefined || pending.rejected)) return;
    if (by === "answer") this.#answered.add(seq);
    const error = rejectionError(rejected);
    if (pending !== undefined) {
      pending.rejected = true;
      this.#host.progress(pending, { step: "rejected", error });
      pending.settle(error);
    }
    const { to, toSession, negotiationId } = rejected;
    this.#host.rejected(error, { seq, to, toSession, negotiationId });
  }

  /** Responses came in: acknowledges them in time. */
  received(): void {
    const { owes } = this.#host.inbox;
    if (owes === "now") this.flush();
    if (owes === "soon" && this.#stream !== undefined) {
      this.#timers.start("ack", ackDelayMs, () => {
        if (this.#host.inbox.owes !== "nothing") this.flush(true);
      });
    }
  }

  /** The network may be gone: something has to arrive now. */
  prove(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    const lost = () => this.#host.failed(clientError("NETWORK", "the network is gone"));
    this.#timers.start("proof", proofMs, lost);
    if (stream.probe === undefined) return this.flush(true);
    stream.probe().then(
      () => {
        if (this.#stream === stream) this.#timers.stop("proof");
      },
      () => {
        if (this.#stream === stream && this.#timers.runs("proof")) lost();
      },
    );
  }

  /** The session is over: what is not acknowledged fails with this. */
  reset(error: SignalingError): void {
    this.detach();
    this.#answered.clear();
    for (const pending of this.#outbox.reset()) {
      if (pending.rejected) continue;
      this.#host.progress(pending, { step: "rejected", error });
      pending.settle(error);
    }
  }

  /** Sends what waits, unless a batch is in flight; with `beat`, a heartbeat where nothing waits. */
  flush(beat = false): void {
    const stream = this.#stream;
    if (stream === undefined || this.#inFlight !== undefined || this.#timers.runs("retry")) return;
    const { clock, inbox } = this.#host;
    this.#timers.stop("flush");
    const batch = this.#outbox.take(this.limits);
    if (batch.length === 0 && !beat && inbox.owes !== "now") return;
    this.#sentAt = clock.now();
    const requests = batch.map((pending) => {
      pending.sentAt ??= this.#sentAt;
      pending.sentWallTime ??= clock.wallTime();
      this.#host.progress(pending, { step: "sent", again: pending.repeated });
      return pending.request;
    });
    if (requests.length === 0) {
      requests.push(request({ case: "heartbeat", value: {} }));
    }
    // A listener may have ended the session.
    if (this.#stream !== stream) return;
    const [first] = requests;
    if (first !== undefined) first.ack = inbox.acknowledge();
    void this.#deliver(stream, requests);
  }

  async #deliver(stream: SessionStream, requests: SignalRequest[]): Promise<void> {
    const abort = new AbortController();
    this.#inFlight = abort;
    const stopDeadline = this.#host.clock.after(batchDeadlineMs, () => abort.abort());
    let answer: BatchAnswer | undefined;
    let error: SignalingError | undefined;
    try {
      answer = await stream.send(requests, abort.signal);
    } catch (thrown) {
      error = abort.signal.aborted ? clientError("TIMEOUT", "the service did not answer") : errorOf(thrown);
    } finally {
      stopDeadline();
    }
    if (this.#inFlight !== abort) return;
    this.#inFlight = undefined;
    if (error === undefined) this.#delivered(answer);
    else this.#undelivered(error);
  }

  #delivered(answer: BatchAnswer | undefined): void {
    this.#failures = 0;
    if (this.#stream?.probe === undefined) this.#timers.stop("proof");
    this.#host.delivered();
    if (answer !== undefined) {
      for (const rejected of answer.rejected) this.reject(rejected, "answer");
      this.acknowledge(this.#outbox.certain(answer.ack));
    }
    if (this.#outbox.waiting) this.flush();
    this.received();
  }

  #undelivered(error: SignalingError): void {
    this.#outbox.rewind();
    const wait = this.#host.policy(this.#failures++, error);
    if (!isTransient(error) || this.#failures >= batchAttempts || wait === null) {
      return this.#host.failed(error);
    }
    this.#timers.restart("retry", Math.max(wait, error.retryAfterMs ?? 0), () => this.flush(true));
  }

  #flushLater(delayMs: number): void {
    if (this.#stream === undefined || this.#inFlight !== undefined) return;
    this.#timers.start("flush", delayMs, () => this.flush());
  }

  #beatLater(): void {
    const quiet = this.#host.clock.now() - this.#sentAt;
    this.#timers.restart("heartbeat", Math.max(this.heartbeatMs - quiet, 1), () => {
      if (this.#host.clock.now() - this.#sentAt >= this.heartbeatMs) this.flush(true);
      this.#beatLater();
    });
  }
}

/** Whether the same batch may pass when it is sent again. A gap is mended from the last ack on. */
function isTransient({ reason, retry }: SignalingError): boolean {
  // The stream of this session is one of those that leave no connection.
  if (reason === "CONNECTIONS_EXHAUSTED") return false;
  return retry === "later" || retry === "resume";
}
