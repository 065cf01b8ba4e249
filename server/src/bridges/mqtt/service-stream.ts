import { type SignalResponse, SignalResponseSchema } from "@parley/contract";
import { WebSocket } from "ws";
import { brokenEnding, type Ending, endingOfClose } from "./answers.ts";
import { decode, type Form } from "./payload.ts";

/** Where the service is. */
export interface ServiceAddress {
  /** The base URL: `http:` or `https:`. */
  readonly url: string;
  /** Authorities (PEM) that sign its certificate; the public ones if absent. */
  readonly ca: string | undefined;
}

/** What a stream needs of a `WebSocket`. */
export type StreamSocket = Pick<WebSocket, "readyState" | "send" | "pause" | "resume" | "terminate" | "on">;

/** Opens a WebSocket of the service for messages of this form. */
export type OpenSocket = (form: Form) => StreamSocket;

/** Opens them over the network. */
export function socketsOf({ url, ca }: ServiceAddress): OpenSocket {
  const address = `${url.replace(/\/+$/, "").replace(/^http/i, "ws")}/v1/signal`;
  const options = {
    perMessageDeflate: false,
    handshakeTimeout: handshakeTimeoutMs,
    ...(ca === undefined ? {} : { ca }),
  };
  return (form) => new WebSocket(address, `parley.v1.${form}`, options);
}

/** Who receives what comes over a stream. */
export interface StreamListener {
  /** The session is open, as this peer. False if it must not be. */
  welcomed(peerId: string): boolean;
  response(payload: Buffer): void;
  /** Called once, unless the stream was closed from here. Absent if the service has sent its `Closed` itself. */
  ended(ending: Ending | undefined): void;
}

/** How long the service may take to accept a stream, in milliseconds. */
const handshakeTimeoutMs = 10_000;

/** The stream of one device at the service: a WebSocket, whose messages are those of the device byte for byte. */
export class ServiceStream {
  readonly form: Form;
  readonly #socket: StreamSocket;
  readonly #listener: StreamListener;
  /** What waits for the socket to open. */
  #early: Buffer[] = [];
  #unsent = 0;
  #welcomed = false;
  /** The newest message: the last one may be a `Closed`. */
  #last: Buffer | undefined;
  #closed = false;

  constructor(openSocket: OpenSocket, form: Form, listener: StreamListener) {
    this.form = form;
    this.#listener = listener;
    this.#socket = openSocket(form);
    this.#socket.on("open", () => this.#opened());
    this.#socket.on("message", (data) => this.#message(data));
    this.#socket.on("close", (code, reason) => this.#ended(code, reason.toString()));
    // Reported by "close" as well.
    this.#socket.on("error", () => {});
  }

  /** How many messages have not left yet. */
  get unsent(): number {
    return this.#unsent + this.#early.length;
  }

  send(payload: Buffer): void {
    if (this.#closed) return;
    if (this.#socket.readyState === WebSocket.CONNECTING) return void this.#early.push(payload);
    this.#unsent++;
    this.#socket.send(payload, { binary: this.form === "proto" }, () => {
      this.#unsent--;
    });
  }

  /** Reads no more responses until `resume`: the service then holds them, and judges the device as a slow reader. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Cuts the stream; the session goes on for its resume window. Nothing is reported any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#early = [];
    this.#socket.terminate();
  }

  #opened(): void {
    const early = this.#early;
    this.#early = [];
    for (const payload of early) this.send(payload);
  }

  #message(data: unknown): void {
    if (this.#closed || !(data instanceof Buffer)) return;
    this.#last = data;
    if (!this.#welcomed) {
      const body = this.#bodyOf(data);
      this.#welcomed = body?.case === "welcome";
      if (body?.case === "welcome" && !this.#listener.welcomed(body.value.you?.peerId ?? "")) return;
    }
    this.#listener.response(data);
  }

  #ended(code: number, text: string): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#last !== undefined && this.#bodyOf(this.#last)?.case === "closed") {
      return this.#listener.ended(undefined);
    }
    const lost = "the connection to the service broke";
    this.#listener.ended(endingOfClose(code, text) ?? brokenEnding(lost, this.#welcomed));
  }

  #bodyOf(response: Buffer): SignalResponse["body"] | undefined {
    try {
      return decode(SignalResponseSchema, response, this.form).body;
    } catch {
      // Of a later version: the device may know it.
      return undefined;
    }
  }
}
