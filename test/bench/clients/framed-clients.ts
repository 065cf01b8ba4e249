import { connect as connectHttp2Session } from "node:http2";
import { connect as connectSocket } from "node:net";
import type { Duplex } from "node:stream";
import type { BenchClient, ClientOptions, ConnectClient, Kind } from "./bench-client.ts";
import { FrameReader } from "./frame-reader.ts";
import { Halves } from "./halves.ts";

const kinds: readonly Kind[] = ["offer", "answer", "candidate"];

/** A peer of the bare TCP relay. */
export const connectTcp: ConnectClient = (options) => {
  const { hostname, port } = new URL(options.url);
  const socket = connectSocket(Number(port), hostname);
  socket.setNoDelay(true);
  return joinFramed(socket, options, () => socket.destroy());
};

/** A peer of the bare HTTP/2 relay: one connection, one stream. */
export const connectHttp2: ConnectClient = (options) => {
  const session = connectHttp2Session(options.url);
  session.on("error", () => {});
  const stream = session.request({ ":method": "POST", ":path": "/" });
  return joinFramed(stream, options, () => session.destroy());
};

/** A peer of the bare HTTP/1.1 relay, with the requests that a page would make. */
export const connectHttp1: ConnectClient = ({ url, peer, received }) =>
  new Promise((resolve, reject) => {
    const hello = framed(peer, Buffer.alloc(0));
    let waiting: Buffer[] = [];
    let sending = false;
    const flush = () => {
      if (sending || waiting.length === 0) return;
      sending = true;
      halves.send("/send", "application/octet-stream", Buffer.concat([hello, ...waiting.splice(0)]));
    };
    const client: BenchClient = {
      send(to, kind, texts) {
        for (const text of texts) waiting.push(framedSignal(to, kind, text));
        flush();
      },
      cut: () => {
        waiting = [];
        halves.cut();
      },
    };
    const reader = framesOf(received, () => resolve(client));
    const halves = new Halves(url, {
      data: (data) => reader.push(data),
      answer: () => {
        sending = false;
        flush();
      },
      failed: reject,
    });
    halves.receive("/receive", "application/octet-stream", hello);
  });

function joinFramed(
  stream: Duplex,
  { peer, received }: ClientOptions,
  cut: () => void,
): Promise<BenchClient> {
  return new Promise((resolve, reject) => {
    const client: BenchClient = {
      send(to, kind, texts) {
        stream.write(Buffer.concat(texts.map((text) => framedSignal(to, kind, text))));
      },
      cut,
    };
    const reader = framesOf(received, () => resolve(client));
    stream.on("data", (data: Buffer) => reader.push(data));
    stream.on("error", reject);
    stream.write(framed(peer, Buffer.alloc(0)));
  });
}

/** Reads what comes to a peer: first an empty frame, which says that it is known, then signals. */
function framesOf(received: ClientOptions["received"], joined: () => void): FrameReader {
  let known = false;
  return new FrameReader((frame) => {
    if (known) return take(frame, received);
    known = true;
    joined();
  });
}

/** A payload is a byte for the kind, and the text. */
function framedSignal(to: string, kind: Kind, text: string): Buffer {
  return framed(to, Buffer.concat([Buffer.from([kinds.indexOf(kind)]), Buffer.from(text)]));
}

function take(frame: Buffer, received: ClientOptions["received"]): void {
  const nameEnd = 1 + (frame[0] ?? 0);
  const kind = kinds[frame[nameEnd] ?? 0] ?? "candidate";
  received(frame.toString("latin1", 1, nameEnd), kind, frame.toString("utf8", nameEnd + 1));
}

function framed(name: string, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(5 + name.length + payload.length);
  bytes.writeUInt32BE(1 + name.length + payload.length, 0);
  bytes[4] = name.length;
  bytes.write(name, 5, "latin1");
  payload.copy(bytes, 5 + name.length);
  return bytes;
}
