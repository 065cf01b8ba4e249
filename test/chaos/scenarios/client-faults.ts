import type { Drama, Scenario } from "../drama.ts";
import { SingleRedis } from "../storage.ts";

async function cutEverySecond(drama: Drama): Promise<void> {
  const { stage, profile } = drama;
  const end = Date.now() + profile.cuttingMs;
  const lostBefore = drama.streamsLost;
  let cut = 0;
  for (let round = 0; Date.now() < end; round++) {
    const next = Date.now() + 1000;
    if (round === 3) await drama.doom();
    const count = stage.balancer.cut();
    cut += count;
    if (count > 0) drama.happened(true, `${count} connections were cut`);
    await drama.pause(Math.max(0, next - Date.now()));
  }
  const lost = drama.streamsLost - lostBefore;
  drama.must(lost > drama.profile.peers, `the peers noticed: ${lost} streams were lost`);
  drama.note(`${cut} connections cut, ${lost} streams lost`);
}

const everySecond = {
  dooms: true,
  // Nobody keeps a connection.
  slower: Number.POSITIVE_INFINITY,
  run: cutEverySecond,
};

export const cutsOnOneNode: Scenario = {
  ...everySecond,
  id: "4a",
  name: "every client connection cut every second, one node in memory",
  nodes: 1,
};

export const cutsOnRedis: Scenario = {
  ...everySecond,
  id: "4b",
  name: "every client connection cut every second, three nodes on Redis",
  nodes: 3,
  storage: () => SingleRedis.start(),
};

export const parallelResumes: Scenario = {
  ...everySecond,
  id: "4c",
  name: "the same, and each peer resumes on up to three nodes at once",
  nodes: 3,
  storage: () => SingleRedis.start(),
  impatient: true,
};
