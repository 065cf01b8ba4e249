import { Reason } from "@parley/contract";
import type { Caller } from "../../admission/caller.ts";
import type { Connection } from "../../net/connection.ts";
import type { CutCause } from "../../net/cut-cause.ts";
import type { UnsentCarrier } from "../../net/write-watch.ts";
import { reasonOfFault } from "../../rpc/call-error.ts";
import type { FieldFailure } from "../../session/attach-request.ts";
import { signalRequests } from "../../session/first-message.ts";
import { PeerStream } from "../../session/peer-stream.ts";
import type { SessionContext } from "../../session/session-context.ts";
import type { SessionOutput } from "../../session/session-output.ts";
import type { Failure } from "../../switchboard/failure.ts";
import { type JsonCodec, jsonPerBinary } from "../../wire/json-codec.ts";
import { tooLarge, WireFault } from "../../wire/wire-error.ts";
import { CloseCode } from "./close-code.ts";
import { closeReasonOf, closeStatusOf } from "./close-status.ts";
import { Opcode } from "./frame-buffer.ts";
import { FrameConnection, type FrameContext, type FrameSocket } from "./frame-connection.ts";
import type { FrameFault } from "./frame-reader.ts";

/** What the streams of a door share. */
export interface StreamContext extends FrameContext {
  readonly sessions: SessionContext;
}

/** What one stream is made of. */
export interface StreamParts {
  readonly socket: FrameSocket;
  readonly connection: UnsentCarrier & Pick<Connection, "prove">;
  readonly caller: Caller;
  readonly authorization: string | undefined;
  /** Absent if the messages are binary. */
  readonly json: JsonCodec | undefined;
  /** Called when the session is open, or the stream over without one. */
  readonly onSettled: (stream: WebSocketStream) => void;
}

/** What the headers of the frames of a first message may take, in bytes: those of pings too. */
const mostHeaderBytes = 1024;
/** How long a client that pings too often waits, in milliseconds. */
const pingRestMs = 1000;

/** The stream of a peer, carried by a WebSocket: one message in each frame. */
export class WebSocketStream extends FrameConnection implements SessionOutput {
  readonly #sessions: SessionContext;
  readonly #json: JsonCodec | undefined;
  readonly #peer: PeerStream;
  /** What it needs until its session is open. */
  #start: StreamParts | undefined;
  /** The bytes that came before the first message was complete. */
  #bytesBefore = 0;
  #begun = false;

  constructor(context: StreamContext, parts: StreamParts) {
    super(context, parts.socket, parts.connection);
    this.#sessions = context.sessions;
    this.#start = parts;
    this.#json = parts.json;
    this.#peer = new PeerStream(context.sessions, this, signalRequests);
  }

  get caller(): Caller | undefined {
    return this.#start?.caller;
  }

  get authorization(): string | undefined {
    return this.#start?.authorization;
  }

  // What comes from the client.

  get mostBytes(): number {
    const limit = this.#peer.messageBytes;
    return this.#json === undefined ? limit : Math.floor(limit * jsonPerBinary);
  }

  protected messageRead(bytes: Uint8Array, isBinary: boolean): void {
    this.#begun = true;
    if (isBinary === (this.#json !== undefined)) return this.#refuseKind();
    try {
      this.#peer.message(this.#json === undefined ? bytes : this.#decode(this.#json, bytes));
    } catch (thrown) {
      if (thrown instanceof WireFault) {
        return this.#fail({ reason: reasonOfFault(thrown.kind), message: thrown.message });
      }
      this.#sessions.onError(thrown);
      this.#fail({ reason: Reason.INTERNAL, message: "internal error" });
    }
  }

  #decode(json: JsonCodec, bytes: Uint8Array): Uint8Array {
    const limit = this.#peer.messageBytes;
    const binary = json.decode(bytes);
    if (binary.byteLength > limit) throw tooLarge(limit);
    return binary;
  }

  /** Until its first message is complete, a client may send little, in whatever frames. */
  protected read(bytes: number): void {
    if (this.#begun) return;
    this.#bytesBefore += bytes;
    if (this.#bytesBefore > this.mostBytes + mostHeaderBytes) this.refuse("size");
  }

  #refuseKind(): void {
    const message =
      this.#json === undefined
        ? "the messages of parley.v1.proto are binary"
        : "the messages of parley.v1.json are text";
    this.#refuseBytes(CloseCode.unsupportedData, message);
  }

  protected refuse(fault: FrameFault | "pings"): void {
    switch (fault) {
      case "size":
        return this.#fail({
          reason: Reason.MESSAGE_TOO_LARGE,
          message: tooLarge(this.#peer.messageBytes).message,
        });
      case "fragments": {
        const message = `a message has at most ${this.mostFragments} fragments`;
        return this.#fail({ reason: Reason.MESSAGE_TOO_LARGE, message });
      }
      case "pings": {
        const message = `at most ${this.mostPings} pings and pongs per second`;
        return this.#fail({ reason: Reason.RATE_LIMITED, message, retryAfterMs: pingRestMs });
      }
      case "text":
        return this.#refuseBytes(CloseCode.invalidText, "a text is not UTF-8");
      case "protocol":
        return this.#refuseBytes(
          CloseCode.protocolError,
          "the bytes are not a valid frame from a WebSocket client",
        );
    }
  }

  #refuseBytes(code: number, message: string): void {
    this.close(code, closeReasonOf({ reason: Reason.MALFORMED_MESSAGE, message }), "malformed");
  }

  protected drained(): void {
    this.#peer.drained();
  }

  // What goes to the client.

  opened(): void {
    this.#start?.connection.prove();
    this.#settled();
  }

  write(head: Uint8Array, rest?: Uint8Array): boolean {
    if (this.#json === undefined) return this.send(Opcode.binary, head, rest);
    if (this.over) return false;
    return this.send(Opcode.text, this.#json.encode(rest === undefined ? head : Buffer.concat([head, rest])));
  }

  end(cause?: Failure | FieldFailure): void {
    if (this.over) return;
    const { code, reason, closed } = closeStatusOf(cause);
    if (closed !== undefined) this.write(closed);
    this.close(code, reason);
  }

  /** The port closes: a stream without a session goes at once. */
  goAway(): void {
    this.#fail({ reason: Reason.GOING_AWAY, message: "this node is stopping" });
  }

  #fail(cause: Failure): void {
    this.#peer.fail(cause);
  }

  protected ended(cause?: CutCause | "malformed"): void {
    this.#peer.closed(cause && reasonOfFault(cause));
    this.#settled();
  }

  #settled(): void {
    const start = this.#start;
    this.#start = undefined;
    start?.onSettled(this);
  }
}
