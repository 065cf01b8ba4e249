import { connect, type Socket } from "node:net";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, sizeDelimitedPeek } from "@bufbuild/protobuf/wire";
import { reasonName, SignalRequestSchema, type SignalResponse, SignalResponseSchema } from "@parley/contract";
import { tcpPreface } from "../contract/ways/tcp.ts";

type Request = MessageInitShape<typeof SignalRequestSchema>;

/** A request behind its length. */
export function delimited(request: Request): Buffer {
  const bytes = toBinary(SignalRequestSchema, create(SignalRequestSchema, request));
  return Buffer.from(new BinaryWriter().bytes(bytes).finish());
}

/** A length alone. */
export function lengthOf(bytes: number): Buffer {
  return Buffer.from(new BinaryWriter().uint32(bytes).finish());
}

/** A join, behind its length. */
export function join(peerId: string, room = "r"): Buffer {
  return delimited({ body: { case: "join", value: { room, peerId } } });
}

/** A client over TCP by hand: it answers nothing and closes nothing by itself. */
export class RawTcp implements Disposable {
  readonly socket: Socket;
  /** What came, as the system handed it over. */
  readonly chunks: Buffer[] = [];
  readonly responses: SignalResponse[] = [];
  /** Resolves when the server has ended its side, or the connection is gone. */
  readonly ended: Promise<void>;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;
  #rest = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.socket = socket;
    socket.allowHalfOpen = true;
    socket.on("error", () => {});
    this.gone = new Promise((resolve) => socket.once("close", () => resolve()));
    this.ended = new Promise((resolve) => {
      socket.once("end", resolve);
      socket.once("close", () => resolve());
    });
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
  }

  /** Connects; what is written before waits. */
  static open(url: string): RawTcp {
    const { hostname, port } = new URL(url);
    return new RawTcp(connect({ port: Number(port), host: hostname, allowHalfOpen: true }));
  }

  /** The names of the bodies that came. */
  get bodies(): string[] {
    return this.responses.map(({ body }) => body.case ?? "none");
  }

  /** The reason of its `Closed`; undefined without one. */
  get closedBy(): string | undefined {
    const body = this.responses.at(-1)?.body;
    return body?.case === "closed" ? `${body.value.code} ${reasonName(body.value.reason)}` : undefined;
  }

  send(...parts: Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Begins as every client does. */
  begin(...parts: Uint8Array[]): void {
    this.send(tcpPreface, ...parts);
  }

  #take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const { size, offset } = sizeDelimitedPeek(this.#rest);
      if (size === null || this.#rest.byteLength < offset + size) return;
      this.responses.push(fromBinary(SignalResponseSchema, this.#rest.subarray(offset, offset + size)));
      this.#rest = this.#rest.subarray(offset + size);
      if (this.#rest.byteLength === 0) return;
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
