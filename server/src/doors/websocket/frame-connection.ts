import type { Socket } from "node:net";
import type { CutCause } from "../../net/cut-cause.ts";
import type { PacedQueue } from "../../net/paced-queue.ts";
import { queuedBytes } from "../../net/queued-bytes.ts";
import type { WriteDeadline } from "../../net/write-deadline.ts";
import type { UnsentCarrier, WatchedResponse, WriteWatch } from "../../net/write-watch.ts";
import type { Timer, Timers } from "../../time/timers.ts";
import type { Flushable, Flusher } from "../../wire/flusher.ts";
import { ReadingTurns } from "../reading-turns.ts";
import { CloseCode } from "./close-code.ts";
import { FrameBuffer, Opcode } from "./frame-buffer.ts";
import { type FrameFault, type FrameListener, FrameReader } from "./frame-reader.ts";

/** What one WebSocket may cost. */
export interface WebSocketLimits {
  /** How long a client may be silent before it is pinged, in milliseconds. */
  readonly pingIntervalMs: number;
  /** How long it may take to answer, in milliseconds. */
  readonly pingTimeoutMs: number;
  /** How long it may take to answer a close frame, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** How many fragments a message may come in. No client of ours sends any; a proxy may. */
  readonly fragments: number;
  /** How many pings and pongs a client may send per second. */
  readonly pingsPerSecond: number;
}

/** What the connections of a door share. */
export interface FrameContext {
  readonly flusher: Pick<Flusher, "add">;
  /** Where connections wait that have sent many messages. */
  readonly backlog: Pick<PacedQueue, "later">;
  readonly limits: WebSocketLimits;
  readonly timers: Timers;
  readonly writes: WriteWatch;
}

/** What is used of a socket. */
export type FrameSocket = Pick<
  Socket,
  | "bytesRead"
  | "destroyed"
  | "writable"
  | "writableLength"
  | "writableNeedDrain"
  | "on"
  | "write"
  | "pause"
  | "resume"
  | "unshift"
  | "end"
  | "destroy"
>;

/** A socket and who speaks on it: listeners that all sockets share are cheaper than some for each. */
interface FramedSocket extends FrameSocket {
  [speaker]?: FrameConnection;
}

const speaker = Symbol("speaker");
/** How much may wait to be flushed before `send` returns false, in bytes. */
const gatheredBytes = 65_536;
const none = new Uint8Array(0);

/**
 * One connection that speaks RFC 6455, from its server's side: frames in and out, pings, and the closing handshake.
 * What its messages mean, a subclass knows.
 */
export abstract class FrameConnection implements FrameListener, WatchedResponse, Flushable, Timer {
  readonly carrier: UnsentCarrier;
  counted = 0;
  deadline: WriteDeadline | undefined;
  readonly #context: FrameContext;
  readonly #socket: FramedSocket;
  readonly #reader: FrameReader;
  readonly #turns: ReadingTurns;
  readonly #frames = new FrameBuffer();
  /** Its own timer, since there are many of it. */
  previous: Timer["previous"];
  next: Timer["next"];
  /** What the socket had read at the last look, in bytes: so that messages cost nothing more. */
  #readBefore: number;
  #pinging = false;
  /** The second of the clock in which so many pings and pongs came. */
  #second = 0;
  #pings = 0;
  /** The payload of the newest ping without an answer: older ones need none (RFC 6455, section 5.5.3). */
  #pinged: Uint8Array | undefined;
  #scheduled = false;
  #blocked = false;
  #over = false;
  #written = 0;

  constructor(context: FrameContext, socket: FrameSocket, carrier: UnsentCarrier) {
    this.#context = context;
    this.#socket = socket;
    this.#reader = new FrameReader(this);
    this.#turns = new ReadingTurns(socket, context.backlog);
    this.carrier = carrier;
    this.#readBefore = socket.bytesRead;
    this.#socket[speaker] = this;
    socket.on("data", onData);
    socket.on("drain", onDrain);
    socket.on("end", onEnd);
    socket.on("close", onClose);
    context.timers.arm(this, context.limits.pingIntervalMs);
  }

  /** Whether the stream is over: nothing more is taken or written. */
  protected get over(): boolean {
    return this.#over;
  }

  get mostFragments(): number {
    return this.#context.limits.fragments;
  }

  /** The limit of pings and pongs per second. */
  protected get mostPings(): number {
    return this.#context.limits.pingsPerSecond;
  }

  abstract readonly mostBytes: number;
  /** Takes a message, before the end. */
  protected abstract messageRead(bytes: Uint8Array, isBinary: boolean): void;
  /** So many bytes were read, and their messages taken. */
  protected abstract read(bytes: number): void;
  /** What the client sends is refused: calls `close`. */
  protected abstract refuse(fault: FrameFault | "pings"): void;
  /** The client reads again. */
  protected abstract drained(): void;
  /** The stream is over, by its client or for this cause. Called once. */
  protected abstract ended(cause?: CutCause | "malformed"): void;

  // What comes from the client.

  /** Takes bytes, which it may change. */
  take(chunk: Uint8Array): void {
    this.#turns.begin();
    const rest = this.#reader.read(chunk);
    this.#turns.end(chunk.byteLength, rest);
    if (!this.#over) this.read(chunk.byteLength - (rest?.byteLength ?? 0));
  }

  get takesMessages(): boolean {
    return this.#turns.takesMessages;
  }

  message(bytes: Uint8Array, isBinary: boolean): void {
    this.#turns.count();
    if (!this.#over) this.messageRead(bytes, isBinary);
  }

  ping(payload: Uint8Array): void {
    this.pong();
    if (this.#over || this.#blocked) return;
    this.#pinged = new Uint8Array(payload);
    this.#flushLater();
  }

  pong(): void {
    if (this.#over) return;
    const second = Math.floor(this.#context.timers.now() / 1000);
    if (second !== this.#second) this.#pings = 0;
    this.#second = second;
    if (++this.#pings > this.mostPings) this.refuse("pings");
  }

  closeReceived(code: number): void {
    this.close(code, "");
    this.#socket.end();
  }

  unreadable(fault: FrameFault): void {
    if (!this.#over) this.refuse(fault);
    this.#socket.end();
  }

  // What goes to the client.

  /** Queues one message; both parts are copied. False: no more until `drained`. */
  protected send(opcode: number, head: Uint8Array, rest?: Uint8Array): boolean {
    if (this.#over) return false;
    this.#frames.add(opcode, head, rest);
    this.#flushLater();
    if (this.#frames.bytes >= gatheredBytes) this.#blocked = true;
    return !this.#blocked;
  }

  #flushLater(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#context.flusher.add(this, 1);
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#over) return;
    if (this.#pinged !== undefined) this.#frames.add(Opcode.pong, this.#pinged);
    this.#pinged = undefined;
    const waited = this.#blocked;
    this.#blocked = !this.#write();
    if (this.#blocked) this.watch();
    else if (waited) this.drained();
  }

  /** Writes what is queued; false if the socket takes no more for now. */
  #write(): boolean {
    const text = this.#frames.take();
    if (text === undefined || !this.#socket.writable) return !this.#socket.writableNeedDrain;
    this.#written += text.length;
    return this.#socket.write(text, "latin1");
  }

  /** Stops reading, and goes on. */
  pause(): void {
    if (!this.#over) this.#turns.pause();
  }

  resume(): void {
    this.#turns.resume();
  }

  /** Sends what is queued and a close frame, after which nothing is taken or written. `cause` is why, unless it was ended. */
  protected close(code: number, reason: string, cause?: "malformed"): void {
    if (this.#over) return;
    this.#frames.add(Opcode.close, closePayload(code, reason));
    this.#write();
    this.#end(cause);
    // What the client still sends is read, so that its close frame is found.
    this.#turns.resume();
    this.watch();
  }

  #end(cause?: CutCause | "malformed"): void {
    if (this.#over) return;
    this.#over = true;
    this.#frames.drop();
    this.#pinged = undefined;
    const { timers, limits } = this.#context;
    timers.cancel(this);
    timers.arm(this, limits.closeTimeoutMs);
    this.ended(cause);
  }

  // What the socket reports.

  halfClosed(): void {
    this.#end();
    this.#socket.end();
  }

  writable(): void {
    if (this.#over || !this.#blocked) return;
    this.#blocked = false;
    this.drained();
  }

  gone(): void {
    this.#end(this.carrier.cause);
    this.#reader.stop();
    this.#context.timers.cancel(this);
    this.#context.writes.forget(this);
  }

  /** Its time is over: to answer a close frame, or until the next look whether the client is alive. */
  callback(): void {
    if (this.#over) this.#socket.destroy();
    else this.#look();
  }

  /**
   * Finds clients that are gone without a word, such as a phone in a tunnel: TCP alone notices only after a quarter of
   * an hour.
   */
  #look(): void {
    const { timers, limits } = this.#context;
    const { bytesRead } = this.#socket;
    const isSilent = bytesRead === this.#readBefore && !this.#turns.isPaused;
    this.#readBefore = bytesRead;
    if (isSilent && this.#pinging) return this.#cut("silent");
    // One that does not read is left to the write deadline.
    this.#pinging = isSilent && !this.#blocked;
    if (this.#pinging) this.send(Opcode.ping, none);
    timers.arm(this, this.#pinging ? limits.pingTimeoutMs : limits.pingIntervalMs);
  }

  // What the watch over unsent bytes asks.

  get waiting(): number {
    return this.#socket.destroyed ? 0 : this.#socket.writableLength;
  }

  /** Node counts a piece until all of it is gone; how much of it the system has taken, the socket's handle knows. */
  get taken(): number {
    return 2 * this.#written - this.waiting - queuedBytes(this.#socket);
  }

  protected watch(): void {
    if (this.waiting > 0) this.#context.writes.watch(this);
  }

  abort(): void {
    this.#cut("slowReader");
  }

  #cut(cause: CutCause): void {
    this.#end(cause);
    this.#socket.destroy();
  }
}

function closePayload(code: number, reason: string): Uint8Array {
  if (code === CloseCode.none) return none;
  const payload = Buffer.from(`  ${reason}`);
  payload.writeUInt16BE(code);
  return payload;
}

function onData(this: FramedSocket, chunk: Buffer): void {
  this[speaker]?.take(chunk);
}

function onDrain(this: FramedSocket): void {
  this[speaker]?.writable();
}

function onEnd(this: FramedSocket): void {
  this[speaker]?.halfClosed();
}

function onClose(this: FramedSocket): void {
  this[speaker]?.gone();
}
