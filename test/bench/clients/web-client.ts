import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ReceiveRequestSchema, SendSignalsResponseSchema } from "@parley/contract";
import type { Kind } from "./bench-client.ts";
import { FrameReader } from "./frame-reader.ts";
import { Halves } from "./halves.ts";
import { connecting, ParleyClient } from "./parley-client.ts";
import { envelope, tag } from "./parley-codec.ts";

const service = "/parley.v1.SignalingService";

/**
 * A peer of Parley as a page is one: a `Receive` that stays, and a `SendSignals` at a time beside it. What comes while a
 * `SendSignals` is under way goes with the next, as `client-web` does it.
 */
class WebClient extends ParleyClient {
  #halves: Halves | undefined;
  #waiting: Buffer[] = [];
  #sending = false;

  open(): Promise<void> {
    const { url, room, peer } = this.options;
    const session = this.session;
    return new Promise((resolve, reject) => {
      const frames = new FrameReader((bytes) => {
        if (session.take(bytes) === undefined) return;
        this.#sending = false;
        this.#waiting = session.unacked.map(({ bytes: again }) => again);
        this.#flush();
        resolve();
      }, 1);
      this.#halves = new Halves(url, {
        data: (data) => frames.push(data),
        answer: (body) => {
          session.acknowledged(fromBinary(SendSignalsResponseSchema, body).ack);
          this.#sending = false;
          this.#flush();
        },
        failed: reject,
      });
      const request = create(ReceiveRequestSchema, { start: session.start(room, peer) });
      const body = envelope(Buffer.from(toBinary(ReceiveRequestSchema, request)));
      this.#halves.receive(`${service}/Receive`, "application/connect+proto", body);
    });
  }

  send(to: string, kind: Kind, texts: readonly string[]): void {
    for (const text of texts) this.#waiting.push(this.session.encode(to, kind, text));
    this.#flush();
  }

  protected drop(): void {
    this.#halves?.cut();
    this.#sending = true; // until it is back
  }

  #flush(): void {
    if (this.#sending || this.#waiting.length === 0) return;
    this.#sending = true;
    const token = Buffer.from(this.session.token, "latin1");
    const parts: Buffer[] = [Buffer.from(tag(1, token.length)), token];
    for (const signal of this.#waiting.splice(0)) parts.push(Buffer.from(tag(2, signal.length)), signal);
    this.#halves?.send(`${service}/SendSignals`, "application/proto", Buffer.concat(parts));
  }
}

export const connectWeb = connecting(WebClient);
