import type { SignalResponse } from "@parley/contract";
import { type SignalInit, type Stream, ways } from "../contract/ways/index.ts";

/** A peer over gRPC, with the official library of Node. */
export class GrpcPeer implements Disposable {
  readonly #stream: Stream;
  #seq = 0;

  private constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Joins a room; resolves when its session is open. */
  static async join(url: string, room: string, peerId = "ada", token?: string): Promise<GrpcPeer> {
    const gRPC = ways.find(({ name }) => name.startsWith("gRPC with grpc-js"));
    if (gRPC === undefined) throw new Error("gRPC is not among the ways in");
    const bearer = token === undefined ? undefined : { token };
    const peer = new GrpcPeer(gRPC.open(url, { case: "join", value: { room, peerId } }, bearer));
    await peer.next("welcome");
    return peer;
  }

  /** The next response of this kind. */
  async next(kind: string): Promise<SignalResponse> {
    for (;;) {
      const response = await this.#stream.inbox.next();
      if (!("body" in response)) throw new Error(`the stream ended: ${JSON.stringify(response)}`);
      if (response.body.case === kind) return response;
    }
  }

  /** The bodies of this kind that come before the first of the other kind. */
  async until(last: string, kind: string): Promise<unknown[]> {
    const found: unknown[] = [];
    for (;;) {
      const response = await this.#stream.inbox.next();
      if (!("body" in response)) throw new Error(`the stream ended: ${JSON.stringify(response)}`);
      if (response.body.case === last) return found;
      if (response.body.case === kind) found.push(response.body.value);
    }
  }

  async send(signal: SignalInit): Promise<void> {
    await this.#stream.send("", { ...signal, seq: ++this.#seq });
  }

  [Symbol.dispose](): void {
    this.#stream.cut();
  }
}
