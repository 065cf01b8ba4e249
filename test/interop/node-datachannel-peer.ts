/** A peer in Node: the session of this repository's client over gRPC, and WebRTC by libdatachannel. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import process from "node:process";
import { parseArgs } from "node:util";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { type DataChannel, PeerConnection } from "node-datachannel";
import { bidiTransport } from "../../client-web/src/connect.ts";
import { type PeerInfo, type SignalBody, SignalingClient } from "../../client-web/src/index.ts";

const chunks = 64;
const chunkBytes = 16 * 1024;

const { values } = parseArgs({
  options: {
    server: { type: "string", default: "127.0.0.1:8080" },
    room: { type: "string", default: "demo" },
    peer: { type: "string", default: "node-datachannel" },
  },
});
const transport = bidiTransport({ transport: createGrpcTransport({ baseUrl: `http://${values.server}` }) });
const client = new SignalingClient({ transport, room: values.room, peerId: values.peer });

interface Link {
  readonly negotiationId: string;
  readonly connection: PeerConnection;
}
const links = new Map<string, Link>();

function connect({ peerId }: PeerInfo, negotiationId: string): Link {
  links.get(peerId)?.connection.close();
  const connection = new PeerConnection(`${negotiationId}`, { iceServers: [] });
  const send = (body: SignalBody) => {
    client.send({ to: peerId, negotiationId, ...body }).catch((error: unknown) => console.log(String(error)));
  };
  // It makes the answer by itself once it has an offer.
  connection.onLocalDescription((sdp, type) => {
    if (type === "offer" || type === "answer") send({ kind: type, sdp });
  });
  connection.onLocalCandidate((candidate, sdpMid) => {
    send({ kind: "ice-candidate", candidate: { candidate, sdpMid } });
  });
  connection.onGatheringStateChange((state) => {
    if (state === "complete") send({ kind: "ice-candidate", candidate: { candidate: "", sdpMid: "0" } });
  });
  connection.onStateChange((state) => console.log(`connection with ${peerId}: ${state}`));
  connection.onDataChannel((channel) => {
    if (channel.getLabel() === "megabyte") exchangeMegabyte(channel, peerId);
  });
  const link = { negotiationId, connection };
  links.set(peerId, link);
  return link;
}

function exchangeMegabyte(channel: DataChannel, peerId: string): void {
  const received = createHash("sha256");
  let bytes = 0;
  const send = () => {
    const sent = createHash("sha256");
    for (let index = 0; index < chunks; index++) {
      const chunk = randomBytes(chunkBytes);
      sent.update(chunk);
      channel.sendMessageBinary(chunk);
    }
    channel.sendMessage(sent.digest("hex"));
  };
  channel.onMessage((message) => {
    if (typeof message !== "string") {
      const chunk = message instanceof ArrayBuffer ? Buffer.from(message) : message;
      received.update(chunk);
      bytes += chunk.byteLength;
    } else {
      const state = message === received.digest("hex") ? "intact" : "damaged";
      console.log(`received ${bytes} bytes from ${peerId}: ${state}`);
    }
  });
  if (channel.isOpen()) send();
  else channel.onOpen(send);
}

client.on("peer", (peer) => {
  console.log(`peer ${peer.peerId} is here`);
  if (peer.polite) return;
  const { connection } = connect(peer, randomUUID());
  exchangeMegabyte(connection.createDataChannel("megabyte"), peer.peerId);
});
client.on("peer-left", ({ peerId }) => {
  links.get(peerId)?.connection.close();
  links.delete(peerId);
});
client.on("rejected", (error) => console.log(`a signal was rejected: ${error.message}`));
client.on("signal", (signal) => {
  const { from, negotiationId } = signal;
  if (signal.kind === "offer") {
    connect(from, negotiationId).connection.setRemoteDescription(signal.sdp, "offer");
    return;
  }
  const link = links.get(from.peerId);
  if (link?.negotiationId !== negotiationId) return;
  if (signal.kind === "answer") link.connection.setRemoteDescription(signal.sdp, "answer");
  if (signal.kind !== "ice-candidate") return;
  const { candidate = "", sdpMid } = signal.candidate;
  if (candidate !== "") link.connection.addRemoteCandidate(candidate, sdpMid ?? "0");
});
process.once("SIGTERM", async () => {
  await client.leave();
  process.exit();
});
await client.connect();
console.log(`joined as ${values.peer}`);
client.on("state", (state) => {
  if (state === "reconnecting") console.log("stream lost");
  if (state === "open") console.log(`resumed as ${values.peer}`);
});
