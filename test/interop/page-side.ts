/** What runs in the page: a peer with the web client and the RTCPeerConnection of the browser. */
import { joinRoom, type PeerInfo, type PeerLink, type SignalTrace } from "../../client-web/src/index.ts";

/** What the page has seen. */
export interface PageReport {
  /** Signals of the page that were acknowledged, and those that came, by kind; in order. */
  readonly out: string[];
  readonly in: string[];
  readonly errors: string[];
  signalingState: RTCSignalingState | "none";
  /** What came back over the data channel. */
  echo: string;
}

const report: PageReport = { out: [], in: [], errors: [], signalingState: "none", echo: "" };

function note({ direction, kind, ackedAfterMs, rejected }: SignalTrace): void {
  if (rejected !== undefined) report.errors.push(`${kind}: ${rejected}`);
  else if (direction === "in") report.in.push(kind);
  else if (ackedAfterMs !== undefined) report.out.push(kind);
}

function watch(link: PeerLink): void {
  link.on("error", (error) => report.errors.push(error.message));
  link.connection.addEventListener("signalingstatechange", () => {
    report.signalingState = link.connection.signalingState;
  });
}

function greet(channel: RTCDataChannel): void {
  const hello = () => channel.send("hello");
  if (channel.readyState === "open") hello();
  else channel.addEventListener("open", hello);
  channel.addEventListener("message", ({ data }) => {
    report.echo = String(data);
  });
}

async function join(url: string, roomName: string): Promise<void> {
  const room = await joinRoom({ url, room: roomName, peerId: "page" });
  room.client.on("trace", note);
  room.on("peer", (peer: PeerInfo) => {
    const link = room.connect(peer);
    watch(link);
    // The side that was there before makes the offer, and so brings the channel.
    if (!peer.polite) {
      greet(link.createDataChannel("hello"));
      // Pages offer pictures too.
      link.connection.addTransceiver("video");
    }
    link.on("datachannel", greet);
  });
}

declare global {
  var interop: { readonly join: typeof join; readonly report: PageReport };
}

globalThis.interop = { join, report };
