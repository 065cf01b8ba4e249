import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { SignalingService } from "@parley/contract";
import { bye, offer } from "./stage/actor.ts";
import { halfCloses, scenario } from "./stage/scenario.ts";
import type { Stage } from "./stage/stage.ts";
import { requestOf, type SignalInit } from "./ways/way.ts";

/** Sends in a session, beside its stream. */
async function sendBeside(stage: Stage, sessionToken: string, ...signals: SignalInit[]): Promise<void> {
  const client = createClient(SignalingService, createConnectTransport({ baseUrl: stage.url }));
  await client.sendSignals({ sessionToken, signals: signals.map(requestOf) });
}

scenario(
  "a client that sends no more on its stream goes on to receive, and can leave beside it",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.heartbeat();
    await alice.offer(bob, "the last on this stream");
    await bob.hear();
    await alice.acked();
    alice.halfClose();
    // It has sent a heartbeat, so the service would expect more of them but for this.
    for (let beat = 0; beat < 4; beat++) {
      stage.pass(15_100);
      await alice.hear();
      await bob.hear();
    }
    await bob.offer(alice, "still received");
    await alice.hear();
    await sendBeside(stage, alice.token, { ack: 1 }, { seq: 2, ...bye(bob, "beside") });
    await bob.hear();
    alice.seq = 2;
    await alice.acked();
    await sendBeside(stage, alice.token, { seq: 3, body: { case: "leave", value: {} } });
    await alice.end();
    await bob.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      ...Array.from({ length: 4 }, () => "heartbeat"),
      "1 offer from bob: still received",
      "ended OK",
    ],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: the last on this stream",
      ...Array.from({ length: 4 }, () => "heartbeat"),
      "2 bye from alice: beside",
      "left: alice LEFT",
    ],
  },
  { on: halfCloses },
);

scenario(
  "a stream that is half-closed before its first message has nothing to open",
  async (stage) => {
    const alice = stage.enterSilent("alice");
    alice.halfClose();
    await alice.end();
  },
  { alice: ["ended INVALID_ARGUMENT JOIN_EXPECTED"] },
  { on: halfCloses },
);

scenario(
  "a client that half-closes right behind its join keeps its session",
  async (stage) => {
    const alice = await stage.join("alice");
    alice.halfClose();
    const bob = await stage.join("bob");
    await alice.hear();
    await bob.send(offer(alice, "an offer"));
    await alice.hear();
    await bob.acked();
    stage.pass(60_000);
    await alice.hear();
    await bob.hear();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "1 offer from bob: an offer", "heartbeat"],
    bob: ["welcome bob, meet alice (polite toward it)", "heartbeat"],
  },
  { on: halfCloses },
);
