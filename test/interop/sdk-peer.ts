/** A peer with this repository's client, for pages and for Node: see `Participant` for what it prints. */
import { type JoinRoomOptions, joinRoom, type PeerLink, type Room } from "../../client-web/src/index.ts";

const chunks = 64;
const chunkBytes = 16 * 1024;

/** Joins; `print` gets every line. */
export async function runSdkPeer(options: JoinRoomOptions, print: (line: string) => void): Promise<Room> {
  const room = await joinRoom(options);
  const { peerId } = room.self;
  print(`joined as ${peerId}`);
  room.on("state", (state, error) => {
    if (state === "reconnecting") print(`stream lost: ${error?.message ?? ""}`);
    if (state === "open") print(`resumed as ${peerId}`);
  });
  room.on("peer", (peer) => {
    print(`peer ${peer.peerId} is here`);
    const link = room.connect(peer);
    watch(link, peer.peerId, print);
    // One of both brings the channel.
    if (!peer.polite) exchangeMegabyte(link.createDataChannel("megabyte"), peer.peerId, print);
  });
  return room;
}

function watch(link: PeerLink, peerId: string, print: (line: string) => void): void {
  link.on("state", (state) => print(`connection with ${peerId}: ${state}`));
  link.on("error", (error) => print(`link with ${peerId}: ${error.message}`));
  link.on("datachannel", (channel) => {
    if (channel.label === "megabyte") exchangeMegabyte(channel, peerId, print);
  });
}

function exchangeMegabyte(channel: RTCDataChannel, peerId: string, print: (line: string) => void): void {
  const received: Uint8Array<ArrayBuffer>[] = [];
  channel.binaryType = "arraybuffer";
  const send = async () => {
    const bytes = new Uint8Array(chunks * chunkBytes);
    for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
      const chunk = crypto.getRandomValues(bytes.subarray(at, at + chunkBytes));
      channel.send(chunk);
    }
    channel.send(await sha256(bytes));
  };
  const take = async (data: unknown) => {
    if (data instanceof ArrayBuffer) return void received.push(new Uint8Array(data));
    const all = concat(received);
    const state = data === (await sha256(all)) ? "intact" : "damaged";
    print(`received ${all.byteLength} bytes from ${peerId}: ${state}`);
  };
  channel.addEventListener("message", ({ data }) => void take(data));
  if (channel.readyState === "open") void send();
  else channel.addEventListener("open", () => void send());
}

function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((bytes, piece) => bytes + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
