import { randomBytes } from "node:crypto";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { SignalingService, SignalRequestSchema, SignalResponseSchema } from "@parley/contract";
import { within } from "../../kit/within.ts";

const joinMs = 5000;
const headBytes = 5;

/** A peer that never says what it has processed, over one gRPC stream; it reads all of it, or nothing after `Welcome`. */
export class MuteReader implements AsyncDisposable {
  readonly name: string;
  /** Offers that came. */
  received = 0;
  inOrder = true;
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  #rest = Buffer.alloc(0);
  readonly #welcome = Promise.withResolvers<void>();

  private constructor(name: string, url: string) {
    this.name = name;
    this.#session = connect(url);
    this.#session.on("error", () => {});
    this.#stream = this.#session.request({
      ":method": "POST",
      ":path": `/${SignalingService.typeName}/${SignalingService.method.signal.name}`,
      "content-type": "application/grpc+proto",
      te: "trailers",
    });
    this.#stream.on("error", () => {});
    this.#stream.on("data", (chunk: Buffer) => this.#take(chunk));
  }

  static async join(url: string, room: string, { reads }: { reads: boolean }): Promise<MuteReader> {
    const reader = new MuteReader(`${room}.reader`, url);
    const value = { room, peerId: reader.name, metadata: {}, nonce: randomBytes(16) };
    reader.#say({ body: { case: "join", value } });
    await within(joinMs, "Welcome", reader.#welcome.promise);
    // HTTP/2 flow control stops the service from here on.
    if (!reads) reader.#stream.pause();
    return reader;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.destroy();
  }

  #say(request: MessageInitShape<typeof SignalRequestSchema>): void {
    const message = toBinary(SignalRequestSchema, create(SignalRequestSchema, request));
    const head = Buffer.alloc(headBytes);
    head.writeUInt32BE(message.length, 1);
    this.#stream.write(Buffer.concat([head, message]));
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      if (this.#rest.length < headBytes) return;
      const end = headBytes + this.#rest.readUInt32BE(1);
      if (this.#rest.length < end) return;
      const { body } = fromBinary(SignalResponseSchema, this.#rest.subarray(headBytes, end));
      this.#rest = this.#rest.subarray(end);
      if (body.case === "welcome") this.#welcome.resolve();
      if (body.case === "offer") {
        this.received++;
        if (!body.value.sdp.includes(`s=${this.received}\r\n`)) this.inOrder = false;
      }
    }
  }
}
