import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { until } from "../kit/until.ts";
import { type Check, nodeFlags, offerArrives, pair } from "./checks.ts";
import type { ParleyNode } from "./parley-node.ts";
import { ProxiedPeer } from "./proxied-peer.ts";
import type { Scene } from "./scene.ts";
import { sdpOf } from "./sdp.ts";
import type { TlsWay } from "./tls-way.ts";

/** The flags of two nodes that share a Redis. Here a resume has to have the time to find the node that is left. */
export function twoNodes(redisUrl: string): readonly (readonly string[])[] {
  const flags = [...nodeFlags, "--resume-window", "30", "--drain", "5", "--redis-url", redisUrl];
  return [flags, flags];
}

/** The node that serves a peer. */
function nodeOf(scene: Scene, name: string): ParleyNode {
  const node = scene.nodes.find((each) => each.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

/** Resumes until another node takes the session. One that drains still does, until the proxy has noticed. */
async function comeBack(peer: ProxiedPeer, scene: Scene, lost: ParleyNode): Promise<void> {
  await until(
    async () => {
      try {
        return (await peer.resume(scene.url)).server?.node !== lost.name;
      } catch {
        return false;
      }
    },
    `${peer.name} to come back`,
    20_000,
  );
}

/** What is sent while bob's node goes is there when he comes back by another. */
async function movesOn(
  scene: Scene,
  way: TlsWay,
  end: (node: ParleyNode, bob: ProxiedPeer) => Promise<void>,
): Promise<void> {
  const { alice, bob } = await pair(scene, way);
  await offerArrives(alice, bob);
  const lost = nodeOf(scene, bob.node);
  await end(lost, bob);
  // Alice's stream may have been on either.
  if (alice.node === lost.name) await comeBack(alice, scene, lost);
  const sdp = sdpOf(randomUUID());
  await alice.send({ to: "bob", body: { case: "offer", value: { sdp } } });
  await comeBack(bob, scene, lost);
  assert.equal((await bob.receive("offer")).sdp, sdp);
  await offerArrives(bob, alice);
  alice.cut();
  bob.cut();
  await scene.startNode(lost.name);
  await usesBoth(scene, way);
}

/** Waits until the proxy leads new streams to both nodes. */
async function usesBoth(scene: Scene, way: TlsWay): Promise<void> {
  const used = new Set<string>();
  await until(
    async () => {
      const peer = new ProxiedPeer("scout", way, scene.ca);
      await peer.join(scene.url, randomUUID()).catch(() => {});
      used.add(peer.node);
      peer.cut();
      return scene.nodes.every(({ name }) => used.has(name));
    },
    "the proxy to use both nodes",
    20_000,
  );
}

export const checksOfTwoNodes: readonly Check[] = [
  {
    promise: "signals flow between two nodes, and each half may be on either",
    async run(scene, way) {
      // A WebSocket has a list of nodes of its own, which may still miss the node that was killed last.
      await usesBoth(scene, way);
      for (let nodes = 1, round = 0; nodes < 2; round++) {
        assert.ok(round < 20, "alice and bob were never on two nodes");
        const { alice, bob } = await pair(scene, way);
        for (let signal = 0; signal < 5; signal++) {
          await offerArrives(alice, bob);
          await offerArrives(bob, alice);
        }
        nodes = new Set([alice.node, bob.node]).size;
        alice.cut();
        bob.cut();
      }
    },
  },
  {
    promise: "a node that stops sends its clients away, and they lose nothing",
    run: (scene, way) =>
      movesOn(scene, way, async (node, bob) => {
        node.process.signal("SIGTERM");
        await bob.receive("goAway");
      }),
  },
  {
    promise: "when a node is killed, its clients come back by the other and lose nothing",
    run: (scene, way) =>
      movesOn(scene, way, async (node, bob) => {
        await node.process.end("SIGKILL");
        assert.notEqual((await bob.ended(5000)).code, "OK");
      }),
  },
];
