import { createHash, randomBytes } from "node:crypto";
import type { RTCDataChannel } from "werift";

const chunks = 64;
const chunkBytes = 16 * 1024;

/** Sends a megabyte and its SHA-256 over a channel, and reports whether the one that comes is intact. */
export function exchangeMegabyte(channel: RTCDataChannel, peerId: string): void {
  const received = createHash("sha256");
  let bytes = 0;
  const send = () => {
    const sent = createHash("sha256");
    for (let index = 0; index < chunks; index++) {
      const chunk = randomBytes(chunkBytes);
      sent.update(chunk);
      channel.send(chunk);
    }
    channel.send(sent.digest("hex"));
  };
  channel.onmessage = ({ data }) => {
    if (typeof data === "string") {
      const state = data === received.digest("hex") ? "intact" : "damaged";
      console.log(`received ${bytes} bytes from ${peerId}: ${state}`);
    } else {
      received.update(data);
      bytes += data.byteLength;
    }
  };
  if (channel.readyState === "open") send();
  else channel.onopen = send;
}
