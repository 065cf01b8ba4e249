import { setTimeout as wait } from "node:timers/promises";
import { signalTree } from "./process-tree.ts";
import type { Conditions, PagePair, Trial } from "./trial.ts";

/** Something that happens to all calls of a trial at once. */
export interface Scenario extends Conditions {
  readonly name: string;
  happen(trial: Trial): Promise<void>;
}

/** Two calls at a time: each needs a burst of work, and the pictures of the others must go on. */
async function inTurn(calls: readonly PagePair[], act: (some: readonly PagePair[]) => Promise<unknown>) {
  const atOnce = 2;
  for (let from = 0; from < calls.length; from += atOnce) {
    await act(calls.slice(from, from + atOnce));
    await wait(500);
  }
}

const restart = (side: 0 | 1) => async (trial: Trial) => {
  const restartOne = async ([first, second]: PagePair) => {
    const [restarts, follows] = side === 0 ? [first, second] : [second, first];
    const before = await restarts.fragments(follows);
    await restarts.restartIce(follows);
    await restarts.renewed(follows, before);
  };
  await inTurn(trial.calls, (some) => Promise.all(some.map(restartOne)));
  // Firefox may give a path up only now, after all of its checks have timed out.
  await wait(15_000);
};

const killed = (seconds: number) => async (trial: Trial) => {
  await trial.service.kill();
  await wait(seconds * 1_000);
  await trial.service.start();
  await trial.reached();
};

export const scenarios: readonly Scenario[] = [
  { name: "manual restart, first side", untouched: true, relayed: false, happen: restart(0) },
  { name: "manual restart, second side", untouched: true, relayed: false, happen: restart(1) },
  {
    name: "sleep of 20 s",
    untouched: false,
    relayed: false,
    async happen(trial) {
      const pid = trial.pids[1];
      signalTree(pid, "SIGSTOP");
      await wait(20_000);
      signalTree(pid, "SIGCONT");
      await wait(10_000);
    },
  },
  {
    name: "network lost for 14 s",
    untouched: false,
    relayed: true,
    async happen(trial) {
      trial.relay.pause();
      for (const [, second] of trial.calls) second.proxy.down();
      await wait(14_000);
      trial.relay.resume();
      for (const [, second] of trial.calls) second.proxy.up();
      await wait(10_000);
    },
  },
  { name: "service killed, back after 3 s", untouched: true, relayed: false, happen: killed(3) },
  { name: "service killed, back after 40 s", untouched: true, relayed: false, happen: killed(40) },
  {
    name: "signaling away for 5 minutes, then restart",
    untouched: true,
    relayed: false,
    async happen(trial) {
      for (const call of trial.calls) for (const { proxy } of call) proxy.down();
      await wait(300_000);
      await inTurn(trial.calls, async (some) => {
        for (const call of some) for (const { proxy } of call) proxy.up();
        await wait(500);
      });
      await trial.reached();
      await restart(0)(trial);
    },
  },
];
