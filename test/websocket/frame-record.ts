import {
  type FrameFault,
  type FrameListener,
  FrameReader,
} from "../../server/src/doors/websocket/frame-reader.ts";
import { closeCodeOf, serverReceiver } from "./frame-receiver.ts";

/** What a reader made of bytes, one text for each thing that it reported. */
export type FrameRecord = readonly string[];

export interface RecordLimits {
  readonly mostBytes: number;
  readonly mostFragments: number;
}

/** The close code with which `ws` answers a fault. */
const faultCodes: Readonly<Record<FrameFault, number>> = {
  protocol: 1002,
  text: 1007,
  fragments: 1008,
  size: 1009,
};

const messageOf = (bytes: Uint8Array, isBinary: boolean) =>
  `${isBinary ? "binary" : "text"} ${Buffer.from(bytes).toString("hex")}`;
const pingOf = (bytes: Uint8Array) => `ping ${Buffer.from(bytes).toString("hex")}`;

/** What our reader makes of these chunks. */
export function record(chunks: Iterable<Uint8Array>, limits: RecordLimits): FrameRecord {
  const seen: string[] = [];
  const listener: FrameListener = {
    ...limits,
    takesMessages: true,
    message: (bytes, isBinary) => seen.push(messageOf(bytes, isBinary)),
    ping: (payload) => seen.push(pingOf(payload)),
    pong: () => seen.push("pong"),
    closeReceived: (code) => seen.push(`close ${code}`),
    unreadable: (fault) => seen.push(`fault ${faultCodes[fault]}`),
  };
  const reader = new FrameReader(listener);
  // Copies, since it may change what it reads.
  for (const chunk of chunks) reader.read(new Uint8Array(chunk));
  return seen;
}

/** What the receiver of `ws` makes of the same bytes. */
export async function recordOfOracle(bytes: Uint8Array, limits: RecordLimits): Promise<FrameRecord> {
  const seen: string[] = [];
  const receiver = serverReceiver(limits.mostBytes, limits.mostFragments);
  receiver.on("message", (data, isBinary) => seen.push(messageOf(data, isBinary)));
  receiver.on("ping", (data) => seen.push(pingOf(data)));
  receiver.on("pong", () => seen.push("pong"));
  receiver.on("conclude", (code) => seen.push(`close ${code}`));
  receiver.on("error", (error) => seen.push(`fault ${closeCodeOf(error)}`));
  receiver.write(Buffer.from(bytes));
  // Its errors come in the next tick.
  await new Promise((resolve) => setImmediate(resolve));
  return seen;
}

/** Bytes in pieces of so many. */
export function* piecesOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}
