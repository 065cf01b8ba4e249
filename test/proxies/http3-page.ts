/** In the page: two peers of a room, each with its session in two halves. */
import { webTransport } from "../../client-web/src/connect.ts";
import { type IncomingSignal, SignalingClient } from "../../client-web/src/index.ts";

export interface OverHttp3 {
  /** The negotiations of the signals that arrived, in order. */
  readonly received: readonly string[];
  /** Each RPC with the protocol that it went over, such as `Receive h3`. */
  readonly protocols: readonly string[];
}

declare global {
  var exchange: (candidates: number) => Promise<OverHttp3>;
}

globalThis.exchange = async (candidates) => {
  const peers = ["ada", "bob"].map((peerId) => {
    const transport = webTransport({ url: location.origin, poll: "never" });
    return new SignalingClient({ transport, room: "quic", peerId });
  });
  const [ada, bob] = peers;
  if (ada === undefined || bob === undefined) throw new Error("two peers are needed");
  await ada.connect();
  await bob.connect();
  const received: string[] = [];
  const all = new Promise<void>((resolve) => {
    bob.on("signal", (signal: IncomingSignal) => {
      received.push(signal.negotiationId);
      if (received.length === candidates) resolve();
    });
  });
  for (let index = 0; index < candidates; index++) {
    const candidate = { candidate: `candidate:1 1 udp 2122260223 192.0.2.1 ${5000 + index} typ host` };
    await ada.send({ to: "bob", negotiationId: `n${index}`, kind: "ice-candidate", candidate });
  }
  await all;
  for (const peer of peers) await peer.leave();
  const protocols = performance
    .getEntriesByType("resource")
    .filter((entry) => entry instanceof PerformanceResourceTiming)
    // What the page gave up when it left has no answer, and so no protocol.
    .filter(({ name, transferSize }) => name.includes("/parley.v1.SignalingService/") && transferSize > 0)
    .map(({ name, nextHopProtocol }) => `${name.split("/").at(-1)} ${nextHopProtocol}`);
  return { received, protocols: [...new Set(protocols)].sort() };
};
