import { connect } from "node:net";
import type { ConnectClient, Kind } from "./bench-client.ts";
import { FrameReader } from "./frame-reader.ts";

const kinds: readonly Kind[] = ["offer", "answer", "candidate"];

/** A peer of the bare TCP relay: a payload is a byte for the kind, and the text. */
export const connectTcp: ConnectClient = ({ url, peer, received }) => {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(frame(peer, Buffer.alloc(0))));
    socket.setNoDelay(true);
    let joined = false;
    const reader = new FrameReader((bytes) => {
      if (!joined) {
        joined = true;
        return resolve({
          send(to, kind, texts) {
            const frames = texts.map((text) =>
              frame(to, Buffer.concat([Buffer.from([kinds.indexOf(kind)]), Buffer.from(text)])),
            );
            socket.write(Buffer.concat(frames));
          },
          cut: () => socket.destroy(),
        });
      }
      const nameEnd = 1 + (bytes[0] ?? 0);
      const kind = kinds[bytes[nameEnd] ?? 0] ?? "candidate";
      received(bytes.toString("latin1", 1, nameEnd), kind, bytes.toString("utf8", nameEnd + 1));
    });
    socket.on("data", (data) => reader.push(data));
    socket.on("error", reject);
  });
};

function frame(name: string, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(5 + name.length + payload.length);
  bytes.writeUInt32BE(1 + name.length + payload.length, 0);
  bytes[4] = name.length;
  bytes.write(name, 5, "latin1");
  payload.copy(bytes, 5 + name.length);
  return bytes;
}
