import { readFileSync } from "node:fs";
import type { ParleyNode } from "../../proxies/parley-node.ts";
import type { Drama, Scenario } from "../drama.ts";
import { pick } from "../random.ts";
import { SingleRedis, singleRedis } from "../storage.ts";

/** How long the peers of a node that sleeps, and the other nodes, may take to do without it, in milliseconds. */
const missingMs = 25_000;
/** How long a node that wakes may take to find that it was taken for dead, in milliseconds. */
const wakingMs = 10_000;

/** How often a node is frozen, and for how long, in milliseconds: shorter than its lease. */
const freezes = 3;
const freezeMs = 6000;

/** A node that is being started again costs the others processor time on a small machine. */
const slowerByRestarts = 8;

function isAsleep({ process: { pid } }: ParleyNode): boolean {
  // The state stands behind the name, which is in brackets.
  return /\) T /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

async function killAndRestart(drama: Drama, name: string): Promise<void> {
  const { stage } = drama;
  const node = stage.node(name);
  const from = Date.now();
  const had = drama.peersOn(name).length;
  await node.process.end("SIGKILL");
  drama.happened(node.process.endedBy === "SIGKILL", `${name} was killed`);
  await stage.restart(name);
  stage.fault(name, { from, to: Date.now() });
  drama.note(`${name} with ${had} peers`);
}

export const kills: Scenario = {
  id: "1",
  name: "SIGKILL of a random node, again and again",
  nodes: 3,
  storage: () => SingleRedis.start(),
  dooms: true,
  slower: slowerByRestarts,
  async run(drama) {
    const { stage, profile, random } = drama;
    const end = Date.now() + profile.killingMs;
    const names = stage.nodes.map(({ name }) => name);
    const lostBefore = drama.streamsLost;
    // Twice at least, also where a node takes long to start.
    for (let round = 0; round < 2 || Date.now() < end; round++) {
      const next = Date.now() + profile.killEveryMs;
      if (round === 1) await drama.doom();
      await killAndRestart(drama, pick(names, random));
      await drama.pause(Math.max(0, next - Date.now()));
    }
    drama.must(drama.streamsLost > lostBefore, "peers lost their streams");
    drama.note(`one every ${profile.killEveryMs / 1000} s`);
  },
};

export const sleeper: Scenario = {
  id: "2",
  name: "SIGSTOP of a node beyond its lease, then SIGCONT",
  nodes: 3,
  storage: () => SingleRedis.start(),
  dooms: true,
  slower: slowerByRestarts,
  async run(drama) {
    const { stage, profile } = drama;
    const storage = singleRedis(drama);
    const node = pick(stage.nodes, drama.random);
    const had = drama.peersOn(node.name);
    drama.must(had.length > 0, `${node.name} has peers`);
    const from = Date.now();
    // Its old streams stay open on its side, and what was sent to it waits until it wakes.
    stage.balancer.linger(node.port);
    node.process.signal("SIGSTOP");
    try {
      await drama.until(() => isAsleep(node), `${node.name} to sleep`, 2000);
      await stage.notice(node.name);
      await drama.doom();
      const elsewhere = () => drama.peersOn(node.name).length === 0;
      await drama.until(elsewhere, "its peers to be elsewhere", missingMs);
      await storage.leaseOf(node.name, false, missingMs);
      await drama.pause(Math.max(0, from + profile.sleepMs - Date.now()));
      drama.happened(isAsleep(node), `${node.name} slept, and was taken for dead`);
      drama.must(stage.balancer.orphans > 0, "it still has streams of clients that are elsewhere");
      const slept = ((Date.now() - from) / 1000).toFixed(1);
      const left = `${stage.balancer.orphans} connections left to it`;
      drama.note(`${node.name} with ${had.length} peers for ${slept} s, ${left}`);
    } finally {
      node.process.signal("SIGCONT");
    }
    await drama.until(() => !isAsleep(node), `${node.name} to wake`, 2000);
    await storage.leaseOf(node.name, true, wakingMs);
    // A while in which the old streams are there and the new ones too.
    await drama.pause(profile.awakeMs);
    stage.balancer.linger(undefined);
    stage.backInRotation(node.name);
    stage.fault(node.name, { from, to: Date.now() });
  },
};

export const rollingRestart: Scenario = {
  id: "5",
  name: "rolling restart of all nodes (SIGTERM)",
  nodes: 3,
  storage: () => SingleRedis.start(),
  dooms: true,
  slower: slowerByRestarts,
  async run(drama) {
    const { stage, profile } = drama;
    for (const [index, { name }] of [...stage.nodes].entries()) {
      const node = stage.node(name);
      const had = drama.peersOn(name).length;
      const from = Date.now();
      node.process.signal("SIGTERM");
      if (index === 1) await drama.doom();
      await node.process.exited();
      drama.happened(node.process.endedBy === 0, `${name} stopped by itself: ${node.process.endedBy}`);
      drama.note(`${name} with ${had} peers took ${((Date.now() - from) / 1000).toFixed(1)} s to stop`);
      await stage.restart(name);
      stage.fault(name, { from, to: Date.now() });
      await drama.pause(profile.betweenStopsMs);
    }
  },
};

export const frozen: Scenario = {
  id: "8",
  name: "SIGSTOP of a node within its lease: it wakes into attempts that were given up",
  nodes: 3,
  storage: () => SingleRedis.start(),
  dooms: true,
  // It does not hear that a client is gone while it is frozen, nor before its old connections close.
  hidesDeathsMs: ({ awakeMs }) => freezeMs + awakeMs,
  slower: slowerByRestarts,
  async run(drama) {
    const { stage, profile } = drama;
    for (let round = 0; round < freezes; round++) {
      const node = pick(stage.nodes, drama.random);
      const had = drama.peersOn(node.name).length;
      const from = Date.now();
      // What was sent to it waits until it wakes, also of clients that have gone.
      stage.balancer.linger(node.port);
      node.process.signal("SIGSTOP");
      try {
        await drama.until(() => isAsleep(node), `${node.name} to sleep`, 2000);
        // Clients lose their streams to it, and some of them try it again.
        stage.balancer.desert(node.port);
        await drama.pause(freezeMs / 2);
        const attempts = stage.balancer.desert(node.port);
        drama.happened(isAsleep(node), `${node.name} was frozen`);
        await stage.notice(node.name);
        if (round === 1) await drama.doom();
        await drama.pause(Math.max(0, from + freezeMs - Date.now()));
        drama.note(`${node.name} with ${had} peers, ${attempts} attempts given up`);
      } finally {
        node.process.signal("SIGCONT");
      }
      await drama.until(() => !isAsleep(node), `${node.name} to wake`, 2000);
      await drama.pause(profile.awakeMs);
      stage.balancer.linger(undefined);
      stage.backInRotation(node.name);
      stage.fault(node.name, { from, to: Date.now() });
    }
  },
};
