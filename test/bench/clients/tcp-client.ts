import { connect, type Socket } from "node:net";
import type { Kind } from "./bench-client.ts";
import { MessageCutter } from "./message-cutter.ts";
import { connecting, ParleyClient } from "./parley-client.ts";
import { request } from "./parley-codec.ts";

const preface = Buffer.from("\0parley1", "latin1");

/** A peer of Parley over TCP. */
class TcpClient extends ParleyClient {
  #socket: Socket | undefined;

  open(): Promise<void> {
    const { url, room, peer } = this.options;
    const { hostname, port } = new URL(url);
    const session = this.session;
    return new Promise((resolve, reject) => {
      const socket = connect({ port: Number(port), host: hostname, noDelay: true });
      this.#socket = socket;
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("closed")));
      const cutter = new MessageCutter((message) => {
        if (session.take(message) !== undefined) {
          if (session.unacked.length > 0) socket.write(framed(session.unacked.map(({ bytes }) => bytes)));
          resolve();
        }
        this.ackLater(this.#acknowledge);
      });
      socket.on("data", (data: Buffer) => cutter.push(data));
      socket.write(Buffer.concat([preface, framed([request({ body: session.start(room, peer) })])]));
    });
  }

  send(to: string, kind: Kind, texts: readonly string[]): void {
    const messages = texts.map((text) => this.session.encode(to, kind, text));
    // Without a socket they wait for the next one.
    if (this.#socket?.writable === true) this.#socket.write(framed(messages));
  }

  readonly #acknowledge = (acknowledgement: Buffer): void => {
    if (this.#socket?.writable === true) this.#socket.write(framed([acknowledgement]));
  };

  protected drop(): void {
    this.#socket?.destroy();
  }
}

export const connectParleyTcp = connecting(TcpClient);

/** Messages, each behind its length as a varint. */
function framed(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(messages.flatMap((message) => [lengthOf(message), message]));
}

function lengthOf({ byteLength }: Buffer): Buffer {
  const bytes: number[] = [];
  for (let rest = byteLength; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
