import { offer } from "../stage/actor.ts";
import type { ScenarioOptions, Transcripts } from "../stage/scenario.ts";
import type { Stage } from "../stage/stage.ts";
import type { SignalInit } from "../ways/index.ts";

/** How a reason comes about, and what is heard then. */
export interface Case extends ScenarioOptions {
  readonly play: (stage: Stage) => Promise<void>;
  readonly heard: Transcripts;
}

export const room = "standup";
export const met = { alice: ["welcome alice", "joined: bob (impolite toward it)"] };

/** A join that is refused. */
export function refused(name: string, join: object, code: string): Case {
  return {
    play: async (stage) => {
      await stage.enter("alice", { case: "join", value: { room, ...join } }).end();
    },
    heard: { alice: [`ended ${code} ${name}`] },
  };
}

/** A signal of Alice's that is rejected, while the next one arrives. */
export function rejected(name: string, signal: SignalInit): Case {
  return {
    play: async (stage) => {
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");
      await alice.hear();
      await alice.send(signal, offer(bob, "a good one"));
      await alice.hear();
      await alice.acked();
      await bob.hear();
    },
    heard: {
      alice: [...met.alice, `1 rejected 1: ${name}`],
      bob: ["welcome bob, meet alice (polite toward it)", "1 offer from alice: a good one"],
    },
  };
}

/** A stream of Alice's that ends, with a session that goes on. */
export function ended(name: string, code: string, play: Case["play"], options: ScenarioOptions = {}): Case {
  return {
    play,
    heard: { alice: ["welcome alice", `ended ${code} ${name}`, "welcome back alice"] },
    ...options,
  };
}

/** Cases, by their reason. */
export type Cases = Readonly<Record<number, Case>>;
