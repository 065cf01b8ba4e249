import { create } from "@bufbuild/protobuf";
import {
  JoinSchema,
  LeaveReason,
  type Limits,
  type Resume,
  ResumeSchema,
  type Server,
  SignalRequestSchema,
  type SignalResponse,
  type Welcome,
} from "@parley/contract";
import { type Clock, systemClock } from "./clock.ts";
import { millisecondsOf } from "./duration.ts";
import { Emitter } from "./emitter.ts";
import { rtcIceServers } from "./ice-servers.ts";
import { Inbox } from "./inbox.ts";
import type { Pending } from "./outbox.ts";
import { browserPage } from "./page-lifecycle.ts";
import { type PeerInfo, peerInfo } from "./peer-info.ts";
import { backoff } from "./reconnect-policy.ts";
import { Roster } from "./roster.ts";
import { Sender } from "./sender.ts";
import { SessionLine } from "./session-line.ts";
import type { SessionStart, SessionStream } from "./session-transport.ts";
import type { SignalTrace } from "./signal-trace.ts";
import type { SignalingClientOptions } from "./signaling-client-options.ts";
import { clientError, type SignalingError } from "./signaling-error.ts";
import { type IncomingSignal, type OutgoingSignal, relayedBody, requestOf, roughSize } from "./signals.ts";

/** How long `leave` waits for its acknowledgement, in milliseconds. */
const leaveDeadlineMs = 3_000;

/** Where a session stands. "closed" is the end. */
export type SessionState = "idle" | "connecting" | "open" | "reconnecting" | "closed";

/**
 * Why a peer is gone: it left; its resume window ran out; another session took its name; it fell too far
 * behind; not known; or this session itself began anew, and everybody is met again.
 */
export type LeaveCause = "left" | "expired" | "replaced" | "overflowed" | "unknown" | "reset";

/** The events of a `SignalingClient`. */
export type SignalingEvents = {
  /** Another peer said something. */
  signal: [signal: IncomingSignal];
  /** A peer is in the room: at the first `Welcome`, and when it comes later. */
  peer: [peer: PeerInfo];
  /** A peer is gone. */
  "peer-left": [peer: PeerInfo, cause: LeaveCause];
  /** The room was seen whole, after each `Welcome`; its changes were told as "peer" and "peer-left" before. */
  roster: [peers: ReadonlyMap<string, PeerInfo>];
  /** The ICE servers changed: at the first `Welcome`, and before their credentials lapse. */
  "ice-servers": [servers: readonly RTCIceServer[]];
  state: [state: SessionState, error?: SignalingError];
  /** The service gave the session up, and a new one begins: what was not acknowledged was rejected. */
  reset: [error: SignalingError];
  /** A signal will not arrive. Its `send` rejects too, unless an acknowledgement overtook this. */
  rejected: [error: SignalingError, seq: number];
  trace: [trace: SignalTrace];
  /** The session is over; without an error when the caller ended it. */
  closed: [error?: SignalingError];
};

/**
 * One session with the service: who is in the room, and signals to and from them, each exactly once and in
 * order, across broken connections. Knows no WebRTC. The session stays one session until "reset" or "closed".
 */
export class SignalingClient extends Emitter<SignalingEvents> {
  readonly #options: SignalingClientOptions;
  readonly #clock: Clock;
  readonly #line: SessionLine;
  readonly #sender: Sender;
  readonly #inbox = new Inbox();
  readonly #roster = new Roster();
  readonly #stopPage: () => void;
  #state: SessionState = "idle";
  #nonce = newNonce();
  #sessionToken = "";
  #accessToken: string | undefined;
  #welcome: Welcome | undefined;
  #self: PeerInfo | undefined;
  #iceServers: readonly RTCIceServer[] = [];
  /** An `ack` that counts once the responses up to `rosterSeq` are there: a `Rejected` may be among them. */
  #heldAck = 0;
  /** The newest response that was in the mailbox when this stream was opened. */
  #replayUntil = 0;
  #connecting: Promise<Welcome> | undefined;
  #settleConnect: ((error?: SignalingError) => void) | undefined;
  #joinUntil = 0;
  #leaving: (() => void) | undefined;

  constructor(options: SignalingClientOptions) {
    super();
    this.#options = options;
    const clock = options.clock ?? systemClock;
    const policy = options.reconnect ?? backoff();
    this.#clock = clock;
    this.#line = new SessionLine({
      clock,
      policy,
      transport: options.transport,
      accessToken: () => this.#askAccessToken(),
      start: () => this.#start(),
      resume: () => this.#resume(),
      attached: (stream, response, welcome) => this.#attached(stream, response, welcome),
      response: (response) => this.#response(response),
      detached: (error) => this.#detached(error),
      over: (error) => this.#over(error),
    });
    this.#sender = new Sender({
      clock,
      policy,
      inbox: this.#inbox,
      failed: (error) => this.#line.drop(error),
      rejected: (error, seq) => this.emit("rejected", error, seq),
      progress: (pending, error, resent) => this.#progress(pending, error, resent),
    });
    this.#stopPage = (options.page ?? browserPage)({
      wake: () => this.#line.wake(),
      hide: (frozen) => this.#pageHides(frozen),
      show: () => {
        if (this.#state === "reconnecting") this.#line.open();
      },
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** This peer as the others see it; undefined before the first `Welcome`. */
  get self(): PeerInfo | undefined {
    return this.#self;
  }

  /** The other peers in the room, by `peerId`. */
  get peers(): ReadonlyMap<string, PeerInfo> {
    return this.#roster.peers;
  }

  /** The ICE servers of the service, as they stand. */
  get iceServers(): readonly RTCIceServer[] {
    return this.#iceServers;
  }

  /** The node that serves this session, and the version it runs. */
  get server(): Server | undefined {
    return this.#welcome?.server;
  }

  /** What the server accepts. */
  get limits(): Limits {
    return this.#sender.limits;
  }

  /** How many signals are not acknowledged yet. */
  get unacknowledged(): number {
    return this.#sender.size;
  }

  /** Joins the room. Resolves at `Welcome`; rejects with a `SignalingError`, and the client is closed then. */
  connect(): Promise<Welcome> {
    this.#connecting ??= new Promise<Welcome>((resolve, reject) => {
      const { signal, joinTimeoutMs = 15_000 } = this.#options;
      if (this.#state === "closed") return reject(clientError("CLOSED", "this session is over"));
      const abort = () => this.#end(clientError("ABORTED", "the join was given up", signal?.reason));
      this.#settleConnect = (error) => {
        this.#settleConnect = undefined;
        signal?.removeEventListener("abort", abort);
        if (error === undefined && this.#welcome !== undefined) resolve(this.#welcome);
        else reject(error ?? clientError("CLOSED", "the session was closed"));
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort);
      this.#joinUntil = this.#clock.now() + joinTimeoutMs;
      this.#setState("connecting");
      this.#line.open();
    });
    return this.#connecting;
  }

  /**
   * Sends a signal. Resolves when it is acknowledged: it is in the mailbox of the recipient. Rejects with a
   * `SignalingError` when it will not arrive. While the session is away, signals wait; candidates wait a
   * moment for one another.
   */
  send(signal: OutgoingSignal): Promise<void> {
    if (this.#state === "closed") return Promise.reject(clientError("CLOSED", "this session is over"));
    if (this.#welcome === undefined) {
      return Promise.reject(clientError("NOT_JOINED", "the session is not open yet"));
    }
    return this.#sender.send(requestOf(signal), signal.kind !== "ice-candidate");
  }

  /** Drops the connection as a broken network would; the session takes itself up again. For tests and demos. */
  cut(): void {
    if (this.#state === "open") this.#line.drop(clientError("NETWORK", "the connection was cut"));
  }

  /** Leaves the room: the others are told at once. Resolves when the server knows, or after a few seconds. */
  async leave(): Promise<void> {
    if (this.#state === "closed" || this.#leaving !== undefined) return;
    if (this.#state === "open") {
      await new Promise<void>((resolve) => {
        const stop = this.#clock.after(leaveDeadlineMs, resolve);
        this.#leaving = () => {
          stop();
          resolve();
        };
        const leave = create(SignalRequestSchema, { body: { case: "leave", value: {} } });
        this.#sender.send(leave, true).then(this.#leaving, this.#leaving);
      });
    } else {
      await this.#leaveAtOnce();
    }
    this.close();
  }

  /** Ends the session without a word: to the others this peer is lost, until its resume window is over. */
  close(): void {
    this.#end();
  }

  #end(error?: SignalingError): void {
    this.#line.close();
    this.#over(error);
  }

  async #askAccessToken(): Promise<string | undefined> {
    const { token } = this.#options;
    this.#accessToken = typeof token === "function" ? await token() : token;
    return this.#accessToken;
  }

  #start(): SessionStart {
    if (this.#sessionToken !== "") return { case: "resume", value: this.#resume() };
    const { room, peerId, metadata = {} } = this.#options;
    const value = create(JoinSchema, {
      room,
      metadata: { ...metadata },
      nonce: this.#nonce,
      ...(peerId === undefined ? {} : { peerId }),
    });
    return { case: "join", value };
  }

  #resume(): Resume {
    return create(ResumeSchema, {
      sessionToken: this.#sessionToken,
      lastSeq: this.#inbox.acknowledge(),
    });
  }

  #attached(stream: SessionStream, response: SignalResponse, welcome: Welcome): void {
    this.#welcomed(response, welcome);
    if (this.#state === "closed") return;
    this.#sender.attach(stream);
    const first = this.#settleConnect;
    this.#setState("open");
    first?.();
  }

  #welcomed({ ack }: SignalResponse, welcome: Welcome): void {
    if (this.#sessionToken !== "" && !welcome.resumed) {
      // Should not be: a resume is answered by the same session, or by an error.
      this.#forget(clientError("RESPONSE_GAP", "the server began a new session"));
    }
    this.#sessionToken = welcome.sessionToken;
    this.#welcome = welcome;
    if (welcome.limits !== undefined) this.#sender.limits = welcome.limits;
    if (welcome.heartbeatInterval !== undefined) {
      this.#sender.heartbeatMs = millisecondsOf(welcome.heartbeatInterval) || this.#sender.heartbeatMs;
    }
    if (welcome.self !== undefined) this.#self = peerInfo(welcome.self);
    this.#replayUntil = welcome.rosterSeq;
    this.#hold(ack);
    const { joined, left } = this.#roster.welcome(welcome);
    for (const peer of left) this.emit("peer-left", peer, "unknown");
    for (const peer of joined) this.emit("peer", peer);
    this.emit("roster", this.#roster.peers);
    this.#useIceServers(rtcIceServers(welcome.iceServers));
  }

  #response(response: SignalResponse): void {
    const { seq, ack, body } = response;
    if (body.case === "welcome") return this.#welcomed(response, body.value);
    if (seq !== 0) {
      const place = this.#inbox.accept(seq, roughSize(response));
      if (place === "gap") {
        const missing = this.#inbox.lastSeq + 1;
        return this.#line.drop(clientError("RESPONSE_GAP", `expected response ${missing}, got ${seq}`));
      }
      if (place === "new") this.#process(response);
    } else if (body.case === "iceServers") {
      this.#useIceServers(rtcIceServers(body.value.iceServers));
    }
    this.#hold(ack);
    this.#sender.received();
  }

  #process(response: SignalResponse): void {
    const { seq, body } = response;
    switch (body.case) {
      case "peerJoined": {
        const peer = body.value.peer && this.#roster.joined(seq, body.value.peer);
        if (peer !== undefined) this.emit("peer", peer);
        return;
      }
      case "peerLeft": {
        const peer = this.#roster.left(seq, body.value.peerId);
        if (peer !== undefined) this.emit("peer-left", peer, leaveCause(body.value.reason));
        return;
      }
      case "rejected":
        return this.#sender.reject(body.value, "stream");
      default:
        this.#relayed(response);
    }
  }

  #relayed(response: SignalResponse): void {
    const { seq, sender, negotiationId } = response;
    const body = relayedBody(response);
    const from = this.#roster.sender(sender);
    if (body === undefined || from === undefined) return;
    this.emit("trace", {
      direction: "in",
      kind: body.kind,
      peerId: sender,
      negotiationId,
      seq,
      at: this.#clock.now(),
      replayed: seq <= this.#replayUntil,
    });
    this.emit("signal", { ...body, from, negotiationId, seq });
  }

  #hold(ack: number): void {
    this.#heldAck = Math.max(this.#heldAck, ack);
    if (this.#inbox.lastSeq >= this.#replayUntil) this.#sender.acknowledge(this.#heldAck);
  }

  #useIceServers(servers: readonly RTCIceServer[]): void {
    if (JSON.stringify(servers) === JSON.stringify(this.#iceServers)) return;
    this.#iceServers = servers;
    this.emit("ice-servers", servers);
  }

  #progress({ request, sentAt }: Pending, error?: SignalingError, resent?: boolean): void {
    const body = relayedBody(request);
    if (body === undefined || sentAt === undefined) return;
    this.emit("trace", {
      direction: "out",
      kind: body.kind,
      peerId: request.to,
      negotiationId: request.negotiationId,
      seq: request.seq,
      at: sentAt,
      ...(resent === undefined && error === undefined ? { ackedAfterMs: this.#clock.now() - sentAt } : {}),
      ...(error === undefined ? {} : { rejected: error.reason }),
      replayed: resent ?? false,
    });
  }

  #detached(error: SignalingError): boolean {
    if (this.#leaving !== undefined) {
      // Whatever ended the stream: the session is over, or will be when its resume window is.
      this.#leaving();
      return false;
    }
    this.#sender.detach();
    if (this.#welcome === undefined) {
      return this.#clock.now() < this.#joinUntil && isTransientForJoin(error);
    }
    this.#setState("reconnecting", error);
    if (error.retry === "afresh" && this.#sessionToken !== "") {
      if (this.#options.rejoin === false) return false;
      this.#forget(error);
    }
    return this.#state !== "closed" && error.shouldRetry();
  }

  /** The session is gone; the next one has nothing of it. */
  #forget(error: SignalingError): void {
    this.#sessionToken = "";
    this.#nonce = newNonce();
    this.#inbox.reset();
    this.#heldAck = 0;
    this.#replayUntil = 0;
    this.#sender.reset(error);
    for (const peer of this.#roster.clear()) this.emit("peer-left", peer, "reset");
    this.emit("reset", error);
  }

  #over(error?: SignalingError): void {
    if (this.#state === "closed") return;
    this.#stopPage();
    this.#state = "closed";
    this.#sender.reset(error ?? clientError("CLOSED", "the session was closed"));
    this.#settleConnect?.(error);
    this.emit("state", "closed", error);
    this.emit("closed", error);
    this.removeListeners();
  }

  #pageHides(frozen: boolean): void {
    if (this.#state === "idle" || this.#state === "closed") return;
    if (!frozen) {
      void this.#leaveAtOnce();
      this.close();
    } else if (this.#welcome !== undefined) {
      // An open request may keep the page out of the cache, and would be dead when it comes back.
      this.#line.suspend();
      this.#sender.detach();
      this.#setState("reconnecting", clientError("NETWORK", "the page was put aside"));
    }
  }

  /** Says `Leave` beside the stream; numbered by the server, since what is before it may not have arrived. */
  async #leaveAtOnce(): Promise<void> {
    if (this.#sessionToken === "") return;
    const leave = create(SignalRequestSchema, { body: { case: "leave", value: {} } });
    try {
      await this.#options.transport.sendLast(this.#sessionToken, [leave], this.#accessToken);
    } catch {
      // The resume window ends the session then.
    }
  }

  #setState(state: SessionState, error?: SignalingError): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.emit("state", state, error);
  }
}

function newNonce(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(16));
}

/** Whether a first join goes on after this: only where nobody answered, not where the answer is no. */
function isTransientForJoin({ reason, retry }: SignalingError): boolean {
  return retry === "resume" || reason === "STORAGE_UNAVAILABLE" || reason === "INTERNAL";
}

const leaveCauses: Readonly<Record<LeaveReason, LeaveCause>> = {
  [LeaveReason.UNSPECIFIED]: "unknown",
  [LeaveReason.LEFT]: "left",
  [LeaveReason.EXPIRED]: "expired",
  [LeaveReason.REPLACED]: "replaced",
  [LeaveReason.OVERFLOWED]: "overflowed",
};

function leaveCause(reason: LeaveReason): LeaveCause {
  return leaveCauses[reason] ?? "unknown";
}
