import type { Socket } from "node:net";
import { Reason } from "@parley/contract";
import type { Caller } from "../../admission/caller.ts";
import type { Connection } from "../../net/connection.ts";
import type { CutCause } from "../../net/cut-cause.ts";
import type { PacedQueue } from "../../net/paced-queue.ts";
import { reasonOfFault } from "../../rpc/call-error.ts";
import type { FieldFailure } from "../../session/attach-request.ts";
import { signalRequests } from "../../session/first-message.ts";
import { PeerStream } from "../../session/peer-stream.ts";
import type { SessionContext } from "../../session/session-context.ts";
import type { SessionOutput } from "../../session/session-output.ts";
import type { Failure } from "../../switchboard/failure.ts";
import type { Timer } from "../../time/timers.ts";
import type { Flusher } from "../../wire/flusher.ts";
import { WireFault } from "../../wire/wire-error.ts";
import { encodeClosed } from "../closed-message.ts";
import { ReadingTurns } from "../reading-turns.ts";
import { SocketStream } from "../socket-stream.ts";
import { MessageBuffer } from "./message-buffer.ts";
import { MessageReader, type MessageSink } from "./message-reader.ts";

/** What the streams of the door share. */
export interface StreamContext {
  readonly sessions: SessionContext;
  readonly flusher: Pick<Flusher, "add">;
  /** Where streams wait that have sent many messages. */
  readonly backlog: Pick<PacedQueue, "later">;
  /** How long a client may take to close a connection that has ended, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** Called when the session is open, or the stream over without one. */
  readonly onSettled: (stream: TcpStream) => void;
}

/** A socket and its stream: listeners that all sockets share take less memory than some for each. */
interface PeerSocket extends Socket {
  [owner]?: TcpStream;
}

const owner = Symbol("stream");

/** The stream of a peer that has a TCP connection for itself. */
export class TcpStream extends SocketStream<MessageBuffer> implements SessionOutput, MessageSink {
  readonly #context: StreamContext;
  readonly #peer: PeerStream;
  readonly #reader = new MessageReader(this);
  readonly #turns: ReadingTurns;
  /** Until when the client may close its side. */
  #closeTimer: Timer | undefined;
  #isOver = false;

  constructor(context: StreamContext, socket: PeerSocket, connection: Connection) {
    super(socket, connection, context.flusher, new MessageBuffer());
    this.#context = context;
    this.#turns = new ReadingTurns(socket, context.backlog);
    this.#peer = new PeerStream(context.sessions, this, signalRequests);
    socket[owner] = this;
    socket.on("data", onData);
    socket.on("end", onEnd);
    socket.on("close", onClose);
  }

  get caller(): Caller {
    return this.carrier;
  }

  // What comes from the client.

  read(bytes: Buffer): void {
    // Behind the end it is only read so that it does not reset the connection before the client has read the end.
    if (this.#isOver) return;
    this.#turns.begin();
    try {
      const read = this.#reader.read(bytes);
      if (this.#isOver) return;
      this.#turns.end(bytes.byteLength, read < bytes.byteLength ? bytes.subarray(read) : undefined);
    } catch (thrown) {
      this.#fail(this.#failureOf(thrown));
    }
  }

  #failureOf(thrown: unknown): Failure {
    if (thrown instanceof WireFault) return { reason: reasonOfFault(thrown.kind), message: thrown.message };
    this.#context.sessions.onError(thrown);
    return { reason: Reason.INTERNAL, message: "internal error" };
  }

  get messageBytes(): number {
    return this.#peer.messageBytes;
  }

  get takesMessages(): boolean {
    return !this.#isOver && this.#turns.takesMessages;
  }

  message(bytes: Uint8Array): void {
    this.#turns.count();
    this.#peer.message(bytes);
  }

  pause(): void {
    this.#turns.pause();
  }

  resume(): void {
    this.#turns.resume();
  }

  /** A client that sends no more is gone: over TLS, and to many stacks, the end of one side is that of both. */
  sendsNoMore(): void {
    this.#end();
  }

  /** The connection is gone. */
  gone(): void {
    this.#context.sessions.timers.cancel(this.#closeTimer);
    this.forget();
    this.#end(this.carrier.cause);
  }

  // What goes to the client.

  opened(): void {
    this.carrier.prove();
    this.#context.onSettled(this);
  }

  write(head: Uint8Array, rest?: Uint8Array): boolean {
    if (this.#isOver) return false;
    this.queue.add(head, rest);
    return this.queued();
  }

  protected override tookMore(): void {
    this.#peer.drained();
  }

  end(cause?: Failure | FieldFailure): void {
    if (this.#isOver) return;
    this.queue.add(encodeClosed(cause));
    this.flush();
    this.#end();
    this.socket.end();
    this.socket.resume();
    this.watch();
    const { sessions, closeTimeoutMs } = this.#context;
    this.#closeTimer = sessions.timers.after(closeTimeoutMs, () => this.socket.destroy());
  }

  /** The port closes: a stream without a session goes at once. */
  goAway(): void {
    this.#fail({ reason: Reason.GOING_AWAY, message: "this node is stopping" });
  }

  #fail(cause: Failure): void {
    this.#peer.fail(cause);
  }

  #end(cause?: CutCause): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.stopWriting();
    this.#peer.closed(cause && reasonOfFault(cause));
    this.#context.onSettled(this);
  }
}

function onData(this: PeerSocket, bytes: Buffer): void {
  this[owner]?.read(bytes);
}

function onEnd(this: PeerSocket): void {
  this[owner]?.sendsNoMore();
}

function onClose(this: PeerSocket): void {
  this[owner]?.gone();
}
