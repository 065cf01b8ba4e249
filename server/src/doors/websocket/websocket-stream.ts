import type { Socket } from "node:net";
import { Reason } from "@parley/contract";
import type { Caller } from "../../admission/caller.ts";
import type { Connection } from "../../net/connection.ts";
import { queuedBytes } from "../../net/queued-bytes.ts";
import type { WriteDeadline } from "../../net/write-deadline.ts";
import type { WatchedResponse, WriteWatch } from "../../net/write-watch.ts";
import { reasonOfFault } from "../../rpc/call-error.ts";
import type { FieldFailure } from "../../session/attach-request.ts";
import { signalRequests } from "../../session/first-message.ts";
import { PeerStream } from "../../session/peer-stream.ts";
import type { SessionContext } from "../../session/session-context.ts";
import type { SessionOutput } from "../../session/session-output.ts";
import type { Failure } from "../../switchboard/switchboard.ts";
import type { Timers } from "../../time/timers.ts";
import type { Flushable, Flusher } from "../../wire/flusher.ts";
import { type JsonCodec, jsonPerBinary } from "../../wire/json-codec.ts";
import { tooLarge, WireFault } from "../../wire/wire-error.ts";
import { closeReasonOf, closeStatusOf } from "./close-status.ts";
import { FrameBuffer, Opcode } from "./frame-buffer.ts";
import { Keepalive, type KeepaliveTimes } from "./keepalive.ts";
import type { SignalSocket, SocketListener } from "./signal-socket.ts";

/** What the streams of a door share. */
export interface StreamContext {
  readonly sessions: SessionContext;
  readonly flusher: Flusher;
  readonly keepalive: KeepaliveTimes;
}

/** What one stream is made of. */
export interface StreamParts {
  readonly webSocket: SignalSocket;
  readonly socket: Socket;
  readonly connection: Connection;
  readonly writes: WriteWatch;
  readonly timers: Timers;
  readonly caller: Caller;
  readonly authorization: string | undefined;
  /** What the socket had read before the first frame, in bytes. */
  readonly bytesBefore: number;
  /** Absent if the messages are binary. */
  readonly json: JsonCodec | undefined;
  /** Called when the session is open, or the stream over without one. */
  readonly onSettled: (stream: WebSocketStream) => void;
}

/** How much may wait to be flushed before `write` says that it is enough, in bytes. */
const gatheredBytes = 65_536;
/** What the headers of the frames of a first message may take, in bytes: those of pings too. */
const mostHeaderBytes = 1024;
/** The close code of a frame of the wrong kind (RFC 6455, section 7.4.1). */
const unsupportedData = 1003;
const none = new Uint8Array(0);

/** The stream of a peer, carried by a WebSocket: one message in each frame. */
export class WebSocketStream implements SessionOutput, SocketListener, WatchedResponse, Flushable {
  readonly carrier: Connection;
  counted = 0;
  deadline: WriteDeadline | undefined;
  readonly #context: StreamContext;
  readonly #webSocket: SignalSocket;
  readonly #socket: Socket;
  readonly #writes: WriteWatch;
  readonly #json: JsonCodec | undefined;
  readonly #peer: PeerStream;
  readonly #frames = new FrameBuffer();
  readonly #keepalive: Keepalive;
  /** What it needs until its session is open. */
  #start: StreamParts | undefined;
  /** Whether its first message has come; and until then, what stops the count of its bytes. */
  #begun = false;
  #stopCounting: (() => void) | undefined;
  /** The payload of the newest ping without an answer: older ones need none (RFC 6455, section 5.5.3). */
  #pinged: Buffer | undefined;
  #scheduled = false;
  #blocked = false;
  #awaitsDrain = false;
  #isPaused = false;
  #over = false;
  #written = 0;

  constructor(context: StreamContext, parts: StreamParts) {
    this.#context = context;
    this.#start = parts;
    this.#webSocket = parts.webSocket;
    this.#socket = parts.socket;
    this.carrier = parts.connection;
    this.#writes = parts.writes;
    this.#json = parts.json;
    this.#peer = new PeerStream(context.sessions, this, signalRequests);
    parts.webSocket.listen(this);
    this.#keepalive = new Keepalive(this, parts.socket, parts.timers, context.keepalive);
    const count = () => this.#countFirst();
    // Behind the listener of `ws`, which has taken the bytes before they are counted here.
    parts.socket.on("data", count);
    this.#stopCounting = () => parts.socket.off("data", count);
  }

  get caller(): Caller | undefined {
    return this.#start?.caller;
  }

  get authorization(): string | undefined {
    return this.#start?.authorization;
  }

  /** Whether nothing is read for now. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  // What comes from the client.

  message(bytes: Buffer, isBinary: boolean): void {
    if (this.#over) return;
    if (!this.#begun) this.#begin();
    if (isBinary === (this.#json !== undefined)) return this.#refuseKind();
    try {
      this.#take(bytes);
    } catch (thrown) {
      if (thrown instanceof WireFault) {
        return this.#fail({ reason: reasonOfFault(thrown.kind), message: thrown.message });
      }
      this.#context.sessions.onError(thrown);
      this.#fail({ reason: Reason.INTERNAL, message: "internal error" });
    }
  }

  #take(bytes: Buffer): void {
    const limit = this.#peer.messageBytes;
    if (this.#json === undefined) {
      if (bytes.byteLength > limit) throw tooLarge(limit);
      return this.#peer.message(bytes);
    }
    if (bytes.byteLength > limit * jsonPerBinary) throw tooLarge(limit);
    const binary = this.#json.decode(bytes);
    if (binary.byteLength > limit) throw tooLarge(limit);
    this.#peer.message(binary);
  }

  #begin(): void {
    this.#begun = true;
    this.#stopCounting?.();
    this.#stopCounting = undefined;
  }

  /** Until its first message is complete, a client may send little, in whatever frames. */
  #countFirst(): void {
    const limit = this.#peer.messageBytes;
    const most = limit * (this.#json === undefined ? 1 : jsonPerBinary) + mostHeaderBytes;
    const bytes = this.#socket.bytesRead - (this.#start?.bytesBefore ?? 0);
    if (bytes > most) this.#fail({ reason: Reason.MESSAGE_TOO_LARGE, message: tooLarge(limit).message });
  }

  #refuseKind(): void {
    const message =
      this.#json === undefined
        ? "the messages of parley.v1.proto are binary"
        : "the messages of parley.v1.json are text";
    this.#close(unsupportedData, closeReasonOf({ reason: Reason.MALFORMED_MESSAGE, message }));
  }

  ping(payload: Buffer): void {
    if (this.#over || this.#blocked) return;
    this.#pinged = payload;
    this.#flushLater();
  }

  closing(): void {
    if (this.#over) return;
    this.flush();
    this.#end();
  }

  gone(): void {
    this.#keepalive.stop();
    this.#writes.forget(this);
    this.#end();
  }

  // What goes to the client.

  /** Asks for a sign of life. */
  askForLife(): void {
    if (this.#over || this.#blocked) return;
    this.#frames.add(Opcode.ping, none);
    this.#flushLater();
  }

  opened(): void {
    this.carrier.prove();
    this.#settled();
  }

  write(head: Uint8Array, rest?: Uint8Array): boolean {
    if (this.#over) return false;
    if (this.#json === undefined) this.#frames.add(Opcode.binary, head, rest);
    else this.#addText(this.#json, rest === undefined ? head : Buffer.concat([head, rest]));
    this.#flushLater();
    if (this.#frames.bytes >= gatheredBytes) this.#blocked = true;
    return !this.#blocked;
  }

  #addText(json: JsonCodec, binary: Uint8Array): void {
    this.#frames.add(Opcode.text, json.encode(binary));
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
    const text = this.#frames.take();
    if (text === undefined || !this.#socket.writable) return;
    this.#written += text.length;
    // Without compression `ws` writes at once, so its frames and these keep their order.
    const more = this.#socket.write(text, "latin1");
    const waited = this.#blocked;
    this.#blocked = !more;
    if (!more) this.#awaitDrain();
    else if (waited) this.#peer.drained();
  }

  #awaitDrain(): void {
    this.watch();
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    this.#socket.once("drain", () => this.#drained());
  }

  #drained(): void {
    this.#awaitsDrain = false;
    if (this.#over || !this.#blocked) return;
    this.#blocked = false;
    this.#peer.drained();
  }

  pause(): void {
    this.#isPaused = true;
    this.#webSocket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#webSocket.resume();
  }

  end(cause?: Failure | FieldFailure): void {
    if (this.#over) return;
    const { code, reason, closed } = closeStatusOf(cause);
    if (closed !== undefined) this.write(closed);
    this.#close(code, reason);
  }

  /** The port closes: a stream without a session goes at once. */
  goAway(): void {
    this.#fail({ reason: Reason.GOING_AWAY, message: "this node is stopping" });
  }

  #fail(cause: Failure): void {
    this.#peer.fail(cause);
  }

  #close(code: number, reason: string): void {
    this.flush();
    this.#end();
    // What the client still sends is read, so that its close frame is found.
    this.#webSocket.resume();
    this.#webSocket.close(code, reason);
    this.watch();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#frames.drop();
    this.#stopCounting?.();
    this.#peer.closed();
    this.#settled();
  }

  #settled(): void {
    const start = this.#start;
    this.#start = undefined;
    start?.onSettled(this);
  }

  // What the watch over unsent bytes asks.

  get waiting(): number {
    return this.#socket.destroyed ? 0 : this.#socket.writableLength;
  }

  /** Node counts a piece until all of it is gone; how much of it the system has taken, the socket's handle knows. */
  get taken(): number {
    return 2 * this.#written - this.waiting - queuedBytes(this.#socket);
  }

  watch(): void {
    if (this.waiting > 0) this.#writes.watch(this);
  }

  abort(): void {
    this.#socket.destroy();
  }
}
