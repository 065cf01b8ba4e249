import { isUtf8 } from "node:buffer";
import { CloseCode, isCloseCode } from "./close-code.ts";
import { Opcode } from "./frame-buffer.ts";
import { PartialMessage } from "./partial-message.ts";
import { unmask } from "./unmask.ts";

/**
 * Why what a client sends is read no further:
 *
 * - `protocol`: the bytes are no frame of a client;
 * - `text`: a text is not UTF-8;
 * - `size`: a message is beyond the limit;
 * - `fragments`: a message has too many of them.
 */
export type FrameFault = "protocol" | "text" | "size" | "fragments";

/** Takes what a client sends. The bytes are the reader's again when a method returns. */
export interface FrameListener {
  /** The limit of the next message, in bytes. */
  readonly mostBytes: number;
  /** The limit of the fragments of a message. */
  readonly mostFragments: number;
  /** Whether more may be read now. */
  readonly takesMessages: boolean;
  message(bytes: Uint8Array, isBinary: boolean): void;
  ping(payload: Uint8Array): void;
  pong(): void;
  /** The client closes. Nothing is read from now on. */
  closeReceived(code: number): void;
  /** Nothing is read from now on. */
  unreadable(fault: FrameFault): void;
}

const final = 0x80;
const reservedBits = 0x70;
const opcodeBits = 0x0f;
const masked = 0x80;
const lengthBits = 0x7f;
const mediumLength = 126;
const longLength = 127;
const maskBytes = 4;
/** From this opcode on, frames are about the connection (RFC 6455, section 5.5). */
const firstControl = 0x8;
const mostControlBytes = 125;
const none = new Uint8Array(0);

/**
 * Reads the frames of a client (RFC 6455, section 5). A message that lies whole in one chunk is not copied but unmasked
 * in place. Between messages it holds nothing; memory for a message in pieces grows with what has really come.
 *
 * A length in more bytes than it needs is read as what it is: the RFC forbids clients to send it, but it has only one
 * meaning.
 */
export class FrameReader {
  readonly #listener: FrameListener;
  /** The beginning of a frame: of its header, or of a whole control frame. */
  #held: Uint8Array | undefined;
  #message: PartialMessage | undefined;
  #stopped = false;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  /**
   * Reads the next bytes, which it may change, as long as the listener takes messages. Returns what it has not read,
   * which has to be given again; undefined if nothing is left.
   */
  read(chunk: Uint8Array): Uint8Array | undefined {
    const bytes = this.#held === undefined ? chunk : joined(this.#held, chunk);
    this.#held = undefined;
    for (let at = 0; at < bytes.byteLength && !this.#stopped; ) {
      if (!this.#listener.takesMessages) return bytes.subarray(at);
      const next = this.#readAt(bytes, at);
      if (next === undefined) {
        this.#hold(bytes, at);
        break;
      }
      at = next;
    }
    return undefined;
  }

  /** Forgets everything, and reads nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.#held = undefined;
    this.#message = undefined;
  }

  #hold(bytes: Uint8Array, from: number): void {
    // A copy: the chunk around it may be large.
    if (!this.#stopped) this.#held = new Uint8Array(bytes.subarray(from));
  }

  /** Reads a piece, and returns where the next one begins; undefined if it is not complete. */
  #readAt(bytes: Uint8Array, at: number): number | undefined {
    const message = this.#message;
    if (message === undefined || message.left === 0) return this.#readFrame(bytes, at);
    const end = Math.min(bytes.byteLength, at + message.left);
    message.add(bytes.subarray(at, end), this.#listener.mostBytes);
    if (message.left === 0) this.#frameRead(message);
    return end;
  }

  #readFrame(bytes: Uint8Array, at: number): number | undefined {
    const available = bytes.byteLength - at;
    if (available < 2) return undefined;
    const first = bytes[at] ?? 0;
    const second = bytes[at + 1] ?? 0;
    if (!this.#isFrame(first, second)) return this.#fault("protocol");
    let length = second & lengthBits;
    let header = 2;
    if (length === mediumLength) {
      header = 4;
      if (available < header) return undefined;
      length = numberAt(bytes, at + 2) >>> 16;
    } else if (length === longLength) {
      header = 10;
      if (available < header) return undefined;
      length = numberAt(bytes, at + 2) * 2 ** 32 + numberAt(bytes, at + 6);
    }
    const opcode = first & opcodeBits;
    if (opcode < firstControl && !this.#hasRoom(length)) return this.#fault("size");
    if (available < header + maskBytes) return undefined;
    const mask = numberAt(bytes, at + header);
    const start = at + header + maskBytes;
    const end = start + length;
    if (opcode >= firstControl) {
      if (end > bytes.byteLength) return undefined;
      this.#control(opcode, unmasked(bytes, start, end, mask));
      return end;
    }
    const isFinal = (first & final) !== 0;
    if (isFinal && this.#message === undefined && end <= bytes.byteLength) {
      this.#deliver(unmasked(bytes, start, end, mask), opcode === Opcode.binary);
      return end;
    }
    this.#message ??= new PartialMessage(opcode === Opcode.binary);
    this.#message.begin(length, mask, isFinal);
    if (length === 0) this.#frameRead(this.#message);
    return start;
  }

  /** Whether a frame may begin with these bytes now. */
  #isFrame(first: number, second: number): boolean {
    if ((first & reservedBits) !== 0 || (second & masked) === 0) return false;
    const opcode = first & opcodeBits;
    if (opcode === Opcode.continuation) return this.#message !== undefined;
    if (opcode === Opcode.text || opcode === Opcode.binary) return this.#message === undefined;
    if (opcode < firstControl || opcode > Opcode.pong) return false;
    return (first & final) !== 0 && (second & lengthBits) <= mostControlBytes;
  }

  #hasRoom(length: number): boolean {
    return (this.#message?.bytes ?? 0) + length <= this.#listener.mostBytes;
  }

  /** A frame of a message is complete. */
  #frameRead(message: PartialMessage): void {
    if (message.fragments > this.#listener.mostFragments) return this.#fault("fragments");
    if (!message.isFinal) return;
    this.#message = undefined;
    this.#deliver(message.content, message.isBinary);
  }

  #deliver(bytes: Uint8Array, isBinary: boolean): void {
    if (!isBinary && !isUtf8(bytes)) this.#fault("text");
    else this.#listener.message(bytes, isBinary);
  }

  #control(opcode: number, payload: Uint8Array): void {
    if (opcode === Opcode.ping) this.#listener.ping(payload);
    else if (opcode === Opcode.pong) this.#listener.pong();
    else this.#close(payload);
  }

  #close(payload: Uint8Array): void {
    if (payload.byteLength === 0) return this.#closed(CloseCode.none);
    const code = (payload[0] ?? 0) * 256 + (payload[1] ?? 0);
    if (payload.byteLength === 1 || !isCloseCode(code)) this.#fault("protocol");
    else if (!isUtf8(payload.subarray(2))) this.#fault("text");
    else this.#closed(code);
  }

  #closed(code: number): void {
    this.stop();
    this.#listener.closeReceived(code);
  }

  #fault(fault: FrameFault): undefined {
    this.stop();
    this.#listener.unreadable(fault);
  }
}

function unmasked(bytes: Uint8Array, from: number, to: number, mask: number): Uint8Array {
  if (from === to) return none;
  const view = bytes.subarray(from, to);
  unmask(view, mask);
  return view;
}

/** Four bytes as a whole number, the highest first. */
function numberAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return ((high << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.byteLength + second.byteLength);
  bytes.set(first);
  bytes.set(second, first.byteLength);
  return bytes;
}
