import type { Decide, IcePolicy, Limits, Server, SignalResponse, Welcome } from "@parley/contract/plain";
import { abortable, type WaitOptions } from "../abortable.ts";
import { type Clock, systemClock } from "../clock.ts";
import { millisecondsOf } from "../duration.ts";
import { Emitter } from "../emitter.ts";
import { clientError, type SignalingError } from "../signaling-error.ts";
import { defaultJoinTimeoutMs, Joining } from "./joining.ts";
import { Leaving, leaveRequest } from "./leaving.ts";
import { type Metadata, MetadataSender } from "./metadata-sender.ts";
import { browserPage } from "./page-lifecycle.ts";
import { type PeerInfo, peerInfo } from "./peer-info.ts";
import { Receiver } from "./receiver.ts";
import { backoff } from "./reconnect-policy.ts";
import { Reconnector } from "./reconnector.ts";
import { Sender } from "./sender.ts";
import { SessionIdentity } from "./session-identity.ts";
import { SessionKey } from "./session-key.ts";
import type { SessionStream, Via } from "./session-transport.ts";
import { outgoingTrace } from "./signal-trace.ts";
import type { SignalingClientOptions } from "./signaling-client-options.ts";
import type { SessionState, SignalingEvents } from "./signaling-events.ts";
import { type OutgoingSignal, request, requestOf } from "./signals.ts";

/**
 * One session with the service: who is in the room, and signals to and from them, each exactly once and in
 * order, across broken connections. Knows no WebRTC. The session stays one session until "reset" or "closed".
 */
export class SignalingClient extends Emitter<SignalingEvents> {
  readonly #options: SignalingClientOptions;
  readonly #clock: Clock;
  readonly #reconnector: Reconnector;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  readonly #key: SessionKey;
  readonly #metadata: MetadataSender;
  readonly #identity: SessionIdentity;
  readonly #stopPage: () => void;
  #state: SessionState = "idle";
  #accessToken: string | undefined;
  #welcome: Welcome | undefined;
  #self: PeerInfo | undefined;
  #joining: Joining | undefined;
  #leaving: Leaving | undefined;

  constructor(options: SignalingClientOptions) {
    super();
    this.#options = options;
    const clock = options.clock ?? systemClock;
    const policy = options.reconnect ?? backoff();
    this.#clock = clock;
    const { room, peerId, metadata, memory } = options;
    const identity = { room, peerId, metadata };
    this.#reconnector = new Reconnector({
      clock,
      policy,
      transport: options.transport,
      renewsToken: typeof options.token === "function",
      accessToken: () => this.#askAccessToken(),
      start: () => this.#key.start(),
      resume: () => this.#key.resume(),
      held: (stream) => this.#sender.attach(stream, true),
      waiting: (position, placeToken) => {
        this.#joining?.wait(placeToken);
        this.emit("waiting", position);
      },
      attached: (stream, response, welcome) => this.#attached(stream, response, welcome),
      response: (response) => this.#response(response),
      detached: (error) => this.#detached(error),
      over: (error) => this.#over(error),
    });
    this.#receiver = new Receiver({
      clock,
      emit: (type, ...args) => this.emit(type, ...args),
      acknowledged: (ack) => this.#sender.acknowledge(ack),
      rejected: (rejected) => this.#sender.reject(rejected, "stream"),
    });
    this.#key = new SessionKey(
      identity,
      this.#receiver.inbox,
      () => this.#sender.acked,
      () => this.#receiver.roster.version,
    );
    this.#identity = new SessionIdentity(identity, this.#key, memory);
    this.#sender = new Sender({
      clock,
      policy,
      inbox: this.#receiver.inbox,
      failed: (error) => this.#reconnector.drop(error),
      // While the answer to a resume is held, that a batch arrives shows that the session is there.
      delivered: () => {
        if (this.#state === "reconnecting") this.#setState("open");
      },
      rejected: (error, signal) => this.emit("rejected", error, signal),
      progress: (pending, progress) => {
        const trace = outgoingTrace(pending, progress, clock.now());
        if (trace !== undefined) this.emit("trace", trace);
      },
    });
    this.#metadata = new MetadataSender({
      clock,
      send: (request) => this.#sender.send(request, true),
      published: (metadata) => this.#published(metadata),
    });
    options.debug?.(this);
    this.#stopPage = (options.page ?? browserPage)({
      wake: () => this.#reconnector.wake(),
      offline: () => this.#sender.prove(),
      hide: (frozen) => this.#pageHides(frozen),
      show: () => {
        if (this.#state === "reconnecting") this.#reconnector.open();
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

  /** How the session is carried; see `SessionTransport.via`. */
  get via(): Via | undefined {
    return this.#options.transport.via;
  }

  /** The other peers in the room, by `peerId`. */
  get peers(): ReadonlyMap<string, PeerInfo> {
    return this.#receiver.roster.peers;
  }

  /** The ICE servers of the service, as they stand. */
  get iceServers(): readonly RTCIceServer[] {
    return this.#receiver.iceServers;
  }

  /** The node that serves this session, and the version it runs. */
  get server(): Server | undefined {
    return this.#welcome?.server;
  }

  /** What the server accepts; undefined before the first `Welcome`. */
  get limits(): Limits | undefined {
    return this.#welcome?.limits;
  }

  /** Who waits in the lobby of the room; always empty unless the token of this client grants `admit`. */
  get lobby(): readonly PeerInfo[] {
    return this.#receiver.lobby;
  }

  /** What the ICE candidates of this peer must be; undefined if there is no policy. */
  get icePolicy(): IcePolicy | undefined {
    return this.#welcome?.icePolicy;
  }

  /** How many signals are not acknowledged yet. */
  get unacknowledged(): number {
    return this.#sender.size;
  }

  /** Joins the room. Resolves at `Welcome`; rejects with a `SignalingError`, and the client is closed then. */
  connect(): Promise<Welcome> {
    if (this.#joining !== undefined) return this.#joining.welcome;
    if (this.#state === "closed") return Promise.reject(clientError("CLOSED", "this session is over"));
    const { signal, joinTimeoutMs = defaultJoinTimeoutMs } = this.#options;
    const giveUp = (error: SignalingError) => this.#end(error);
    this.#joining = new Joining({ clock: this.#clock, timeoutMs: joinTimeoutMs, signal, giveUp });
    this.#setState("connecting");
    if (signal?.aborted) giveUp(clientError("ABORTED", "the join was canceled", signal.reason));
    else void this.#identity.recall().then(() => this.#reconnector.open());
    return this.#joining.welcome;
  }

  /**
   * Sends a signal. Resolves when it is acknowledged: it is in the mailbox of the recipient. Rejects with a
   * `SignalingError` when it will not arrive. While the session is away, signals wait; candidates wait a
   * moment for one another.
   */
  send(signal: OutgoingSignal, options: WaitOptions = {}): Promise<void> {
    if (this.#state === "closed") return Promise.reject(clientError("CLOSED", "this session is over"));
    if (this.#welcome === undefined) {
      return Promise.reject(clientError("NOT_JOINED", "the session is not open yet"));
    }
    return abortable(options.signal, this.#sender.send(requestOf(signal), signal.kind !== "ice-candidate"));
  }

  /**
   * Lets a client in that waits in the lobby. Resolves when the service has taken the decision; that it had an effect shows
   * in the next "lobby".
   */
  admit({ peerId, session }: PeerInfo): Promise<void> {
    return this.#decide({ peerId, session, admit: true, message: "" });
  }

  /** Turns a client away that waits in the lobby. `message` is shown to it: at most 256 characters. */
  turnAway({ peerId, session }: PeerInfo, message = ""): Promise<void> {
    return this.#decide({ peerId, session, admit: false, message });
  }

  #decide(value: Decide): Promise<void> {
    if (this.#state === "closed") return Promise.reject(clientError("CLOSED", "this session is over"));
    return this.#sender.send(request({ case: "decide", value }), true);
  }

  /**
   * Replaces what this peer publishes about itself; at most 16 entries and `limits.metadataBytes`. Resolves once the
   * others are sent it, or something newer: updates that follow one another closely are one.
   */
  setMetadata(metadata: Metadata, options: WaitOptions = {}): Promise<void> {
    if (this.#state === "closed") return Promise.reject(clientError("CLOSED", "this session is over"));
    // A new session begins with it, too.
    this.#identity.publish(metadata);
    if (this.#welcome === undefined) return Promise.resolve();
    return abortable(options.signal, this.#metadata.set(metadata));
  }

  /** Drops the connection as a broken network would; the session takes itself up again. For tests and demos. */
  cut(): void {
    if (this.#state === "open") this.#reconnector.drop(clientError("NETWORK", "the connection was cut"));
  }

  /**
   * Leaves the room: the others are notified at once. Resolves when the server knows, or after a few seconds; aborting
   * `signal` ends the wait, and the session.
   */
  async leave({ signal }: WaitOptions = {}): Promise<void> {
    if (this.#state === "closed" || this.#leaving !== undefined) return;
    this.#identity.forget();
    const leaves = async () => {
      if (this.#state === "open") {
        this.#leaving = new Leaving(this.#clock, (request) => this.#sender.send(request, true));
        if (await this.#leaving.heard) return;
      }
      await this.#leaveAtOnce();
    };
    try {
      await abortable(signal, leaves());
    } finally {
      this.close();
    }
  }

  /** Ends the session without a word: to the others this peer is lost, until its resume window is over. */
  close(): void {
    this.#end();
  }

  #end(error?: SignalingError): void {
    // Without a session, nothing else frees its place in the queue at once.
    if (this.#joining?.waits) void this.#leaveAtOnce(this.#joining.placeToken);
    this.#reconnector.close();
    this.#over(error);
  }

  #published(metadata: Metadata): void {
    if (this.#self !== undefined) this.#self = { ...this.#self, metadata };
  }

  async #askAccessToken(): Promise<string | undefined> {
    const { token } = this.#options;
    this.#accessToken = typeof token === "function" ? await token() : token;
    return this.#accessToken;
  }

  #attached(stream: SessionStream, response: SignalResponse, welcome: Welcome): void {
    this.#welcomed(response, welcome);
    if (this.#state === "closed") return;
    this.#sender.attach(stream);
    this.#setState("open");
    this.#joining?.settle(welcome);
  }

  #welcomed(response: SignalResponse, welcome: Welcome): void {
    // A resume is answered by the same session, or by an error; if it were not, this is what it would mean.
    if (!welcome.resumed) this.#forget(clientError("RESPONSE_GAP", "the server began a new session"));
    this.#key.token = welcome.sessionToken;
    this.#welcome = welcome;
    if (welcome.limits !== undefined) this.#sender.limits = welcome.limits;
    this.#sender.heartbeatMs = millisecondsOf(welcome.heartbeatInterval) || this.#sender.heartbeatMs;
    if (welcome.you !== undefined) {
      this.#self = peerInfo(welcome.you);
      this.#identity.settle(this.#self);
    }
    this.#receiver.welcome(response, welcome);
  }

  #response(response: SignalResponse): void {
    const { seq, body } = response;
    if (body.case === "welcome") return this.#welcomed(response, body.value);
    if (body.case === "heartbeat" && this.#options.transport.answersHeartbeats === true)
      this.#sender.flush(true);
    if (this.#receiver.response(response)) return this.#sender.received();
    const missing = this.#receiver.inbox.lastSeq + 1;
    this.#reconnector.drop(clientError("RESPONSE_GAP", `expected response ${missing}, got ${seq}`));
  }

  #detached(error: SignalingError): boolean {
    if (this.#leaving !== undefined) {
      this.#leaving.settle(false);
      return false;
    }
    this.#sender.detach();
    // The only token there is will not be valid again.
    if (error.reason === "ACCESS_TOKEN_EXPIRED" && typeof this.#options.token !== "function") return false;
    if (this.#welcome === undefined) {
      if (error.retry === "rejoin") this.#key.renew();
      return this.#joining?.goesOnAfter(error) ?? false;
    }
    this.#setState("reconnecting", error);
    if (error.retry === "rejoin") {
      if (this.#options.rejoin === false) return false;
      this.#forget(error);
    }
    return this.#state !== "closed" && error.shouldRetry();
  }

  /** The session is gone; the next one has nothing of it. */
  #forget(error: SignalingError): void {
    if (this.#key.token === "") return;
    this.#key.renew();
    this.#sender.reset(error);
    this.#receiver.reset();
    this.emit("reset", error);
  }

  #over(cause?: SignalingError): void {
    if (this.#state === "closed") return;
    // Whatever ends the stream of a session that is leaving, it is what was asked for.
    const error = this.#leaving === undefined ? cause : undefined;
    this.#stopPage();
    this.#state = "closed";
    const closed = error ?? clientError("CLOSED", "the session was closed");
    this.#sender.reset(closed);
    this.#joining?.settle(closed);
    this.emit("state", "closed", error);
    this.emit("closed", error);
    this.removeListeners();
  }

  #pageHides(frozen: boolean): void {
    if (this.#state === "idle" || this.#state === "closed") return;
    // A held lock would keep the page out of the cache, and the next page from this one's name.
    this.#identity.release();
    if (!frozen) {
      void this.#leaveAtOnce();
      this.close();
    } else if (this.#welcome !== undefined) {
      // An open request may keep the page out of the cache, and would be dead when it comes back.
      this.#reconnector.suspend();
      this.#sender.detach();
      this.#setState("reconnecting", clientError("NETWORK", "the page was suspended"));
    }
  }

  /** Says `Leave` beside the stream; numbered by the server, since what is before it may not have arrived. */
  async #leaveAtOnce(token = this.#key.token): Promise<void> {
    if (token === "") return;
    try {
      await this.#options.transport.sendLast(token, [leaveRequest()], this.#accessToken);
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
