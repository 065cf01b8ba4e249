import { describe, expect, test } from "vitest";
import { until } from "../kit/until.ts";
import { type Actor, bye } from "./stage/actor.ts";
import { sdp } from "./stage/content.ts";
import { Stage } from "./stage/stage.ts";
import { ways } from "./ways/index.ts";

// How much lies in the buffers of two kernels and a client is not ours to say, so these transcripts are not
// compared line by line. The offers are large: some hundred fill every buffer there is.
const bytes = 60_000;
const most = 280;
/** Seventeen megabytes for each way take their time on a busy machine, in milliseconds. */
const timeout = 60_000;
const roomy = ["--mailbox-signals", "300", "--mailbox-bytes", `${64 * 1024 * 1024}`];

describe("a peer that does not read loses its stream with SLOW_READER, and nothing that was acknowledged", {
  timeout,
}, () => {
  test.each(ways)("$name", async (way) => {
    await using stage = await Stage.start(way, ["--mailbox-signals", "16"]);
    const { alice, bob } = await meet(stage);
    bob.hold();
    let sent = 0;
    // One at a time, so that the first rejection is where the mailbox was full.
    while (alice.heard < 1) {
      expect(sent++, "offers without the mailbox being full").toBeLessThan(most);
      await alice.send(large(bob, `o${sent}`));
      await alice.acked();
    }
    // A burst is not slowness: only a stream that stays blocked is lost.
    expect(stage.server.counts().attached).toBe(2);
    stage.pass(2100);
    await alice.send(large(bob, "one more"));
    await stage.attached(1);
    bob.release();
    await bob.end();
    expect(bob.transcript.at(-1)).toBe("ended RESOURCE_EXHAUSTED SLOW_READER");
    await bob.resume();
    await until(
      () => offersOf(bob).length >= sent - 1,
      () => `${sent - 1} offers; there are ${offersOf(bob).length}`,
    );
    expect(alice.transcript.slice(2)).toEqual([
      `1 rejected ${sent}: MAILBOX_FULL, again after 1 s`,
      `2 rejected ${sent + 1}: MAILBOX_FULL, again after 1 s`,
    ]);
    expect(offersOf(bob)).toEqual(Array.from({ length: sent - 1 }, (_, at) => `o${at + 1}`));
  });
});

describe("a peer whose mailbox cannot hold what it must not miss is over with SESSION_OVERFLOWED", {
  timeout,
}, () => {
  test.each(ways)("$name", async (way) => {
    await using stage = await Stage.start(way, [...roomy, "--signal-bytes", "65536"]);
    const { alice, bob } = await meet(stage);
    bob.hold();
    for (let sent = 1; sent <= most; sent += 4) {
      await alice.send(...[0, 1, 2, 3].map((more) => large(bob, `o${sent + more}`)));
      await alice.acked();
    }
    // He reads nothing of it, but speaks: each of these has to be answered, and twice the limit is the end.
    for (let batch = 0; batch < 7 && stage.server.counts().sessions === 2; batch++) {
      await bob.send(...Array.from({ length: 100 }, () => bye("nobody", "anybody?")));
    }
    await stage.attached(1);
    bob.release();
    await bob.end();
    expect(bob.transcript.at(-1)).toBe("ended RESOURCE_EXHAUSTED SESSION_OVERFLOWED");
    await alice.hear();
    expect(alice.transcript.at(-1)).toBe("left: bob OVERFLOWED");
  });
});

async function meet(stage: Stage): Promise<{ alice: Actor; bob: Actor }> {
  const alice = await stage.join("alice");
  const bob = await stage.join("bob");
  await alice.hear();
  return { alice, bob };
}

function large(to: Actor, name: string) {
  return { to: to.peerId, body: { case: "offer", value: { sdp: sdp(name, bytes) } } } as const;
}

/** The names of the offers that arrived, each once: one that was written and not read comes again. */
function offersOf({ transcript }: Actor): string[] {
  return transcript.flatMap((line) => /^\d+ offer from alice: (\S+)$/.exec(line)?.[1] ?? []);
}
