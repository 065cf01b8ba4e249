import { connect, type Socket } from "node:net";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { decode, encode, SignalRequest, SignalResponse } from "@parley/contract/plain";
import type { SessionTransport } from "../../client-web/src/index.ts";
import type {
  SessionStart,
  SessionStream,
  StreamInit,
} from "../../client-web/src/session/session-transport.ts";
import { request } from "../../client-web/src/session/signals.ts";
import { clientError, type SignalingError } from "../../client-web/src/signaling-error.ts";
import { webSocketTransport } from "../../client-web/src/websocket.ts";
import { MessageCutter } from "../bench/clients/message-cutter.ts";
import { tcpPreface } from "../contract/ways/tcp.ts";
import { errorOfClosed } from "./closed-error.ts";

/** A session over TCP, as a device with Node.js would have it. */
export function tcpTransport(url: string): SessionTransport {
  const { hostname, port } = new URL(url);
  return {
    // Both sides of a TCP connection learn of its loss only by what the other one sends.
    answersHeartbeats: true,
    open: (init) =>
      new TcpSessionStream(connect({ host: hostname, port: Number(port), noDelay: true }), init),
    // A last word goes by itself, over HTTP.
    sendLast: (token, batch, accessToken) => webSocketTransport({ url }).sendLast(token, batch, accessToken),
  };
}

class TcpSessionStream implements SessionStream {
  readonly #socket: Socket;
  readonly #init: StreamInit;
  #over = false;

  constructor(socket: Socket, init: StreamInit) {
    this.#socket = socket;
    this.#init = init;
    const cutter = new MessageCutter((message) => this.#take(decode(SignalResponse, message)));
    socket.on("data", (bytes: Buffer) => cutter.push(bytes));
    // Reported by "close" as well; without a listener it would end the process.
    socket.on("error", () => {});
    socket.on("close", () => this.#end(clientError("NETWORK", "the connection was lost")));
    socket.write(Buffer.concat([tcpPreface, framed(request(startWithAccess(init)))]));
  }

  #take(response: SignalResponse): void {
    if (this.#over) return;
    if (response.body.case === "closed") this.#end(errorOfClosed(response.body.value));
    else this.#init.response(response);
  }

  #end(error: SignalingError | undefined): void {
    if (this.#over) return;
    this.close();
    this.#init.end(error);
  }

  async send(batch: readonly SignalRequest[], signal: AbortSignal): Promise<undefined> {
    if (this.#over) throw clientError("NETWORK", "the connection is closed");
    const taken = this.#socket.write(Buffer.concat(batch.map(framed)));
    if (!taken) await this.#drained(signal);
    if (signal.aborted) throw clientError("TIMEOUT", "the network takes nothing");
  }

  #drained(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once("drain", resolve);
      this.#socket.once("close", () => resolve());
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  close(): void {
    this.#over = true;
    this.#socket.destroy();
  }
}

function framed(message: SignalRequest): Uint8Array {
  return new BinaryWriter().bytes(encode(SignalRequest, message)).finish();
}

/** The first message of a stream over a transport without headers. */
export function startWithAccess({ start, accessToken = "" }: StreamInit): SessionStart {
  return start.case === "join"
    ? { case: "join", value: { ...start.value, accessToken } }
    : { case: "resume", value: { ...start.value, accessToken } };
}
