import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import type { Ending } from "./arrivals.ts";
import { ProxiedPeer } from "./proxied-peer.ts";
import { publicHost } from "./public-host.ts";
import type { Scene } from "./scene.ts";
import { sdpOf } from "./sdp.ts";
import type { First, TlsWay } from "./tls-way.ts";

/** What the checks need of a node: short times, and the name under which browsers reach it. */
export const nodeFlags: readonly string[] = [
  "--heartbeat",
  "1",
  "--resume-window",
  "5",
  "--hosts",
  publicHost,
];

/** Something that has to hold behind a proxy, for one way into the service. */
export interface Check {
  readonly promise: string;
  run(scene: Scene, way: TlsWay): Promise<void>;
}

/** Two peers in a room of their own, both through the proxy. */
export async function pair(scene: Scene, way: TlsWay): Promise<{ alice: ProxiedPeer; bob: ProxiedPeer }> {
  const room = randomUUID();
  const alice = new ProxiedPeer("alice", way, scene.ca);
  const bob = new ProxiedPeer("bob", way, scene.ca);
  await alice.join(scene.url, room);
  await bob.join(scene.url, room);
  await alice.receive("peerJoined");
  return { alice, bob };
}

export async function offerArrives(from: ProxiedPeer, to: ProxiedPeer, bytes?: number): Promise<void> {
  const sdp = sdpOf(randomUUID(), bytes);
  await from.send({ to: to.name, body: { case: "offer", value: { sdp } } });
  assert.equal((await to.receive("offer")).sdp, sdp);
}

/** The token of a session that has left. */
async function tokenOfTheGone(scene: Scene, way: TlsWay): Promise<string> {
  const peer = new ProxiedPeer("gone", way, scene.ca);
  const { sessionToken } = await peer.join(scene.url, randomUUID());
  await peer.send({ body: { case: "leave", value: {} } });
  await peer.ended(3000);
  return sessionToken;
}

export const checks: readonly Check[] = [
  {
    promise: "Welcome and every signal come at once, in both directions",
    async run(scene, way) {
      const { alice, bob } = await pair(scene, way);
      for (let round = 0; round < 10; round++) {
        await offerArrives(alice, bob);
        await offerArrives(bob, alice);
      }
      await alice.send({ body: { case: "leave", value: {} } });
      assert.equal((await alice.ended(3000)).code, "OK");
      assert.equal((await bob.receive("peerLeft")).peerId, "alice");
      bob.cut();
    },
  },
  {
    promise: "heartbeats come through a quiet stream",
    async run(scene, way) {
      const { alice, bob } = await pair(scene, way);
      for (let beat = 0; beat < 3; beat++) await bob.receive("heartbeat");
      alice.cut();
      bob.cut();
    },
  },
  {
    promise: "a stream may carry more than any limit of a request's body",
    async run(scene, way) {
      const { alice, bob } = await pair(scene, way);
      for (let round = 0; round < 40; round++) {
        await offerArrives(alice, bob, 60_000);
        await bob.acknowledge();
      }
      alice.cut();
      bob.cut();
    },
  },
  {
    promise: "an error arrives with its status, its reason and its details",
    async run(scene, way) {
      const gone = { sessionToken: await tokenOfTheGone(scene, way), lastSeq: 0 };
      const ends: [First, Ending][] = [
        [
          { case: "join", value: { room: "no room" } },
          { code: "INVALID_ARGUMENT", reason: "ROOM_INVALID" },
        ],
        [
          { case: "resume", value: gone },
          { code: "NOT_FOUND", reason: "SESSION_NOT_FOUND" },
        ],
      ];
      for (const [first, ending] of ends)
        assert.deepEqual(await way.open(scene.url, scene.ca, first).arrivals.ended, ending);
    },
  },
  {
    promise: "a client that goes is missed at once, and given up after its resume window",
    async run(scene, way) {
      const { alice, bob } = await pair(scene, way);
      bob.cut();
      assert.equal((await alice.receive("peerLeft", 6500)).peerId, "bob");
      alice.cut();
    },
  },
  {
    promise: "after the proxy is stopped, a resume finds what was sent meanwhile, once",
    async run(scene, way) {
      const { alice, bob } = await pair(scene, way);
      await offerArrives(alice, bob);
      await scene.stopProxy();
      assert.notEqual((await alice.ended(5000)).code, "OK");
      assert.notEqual((await bob.ended(5000)).code, "OK");
      await scene.startProxy();
      await alice.resume(scene.url);
      // Bob is still away.
      const sdp = sdpOf(randomUUID());
      await alice.send({ to: "bob", body: { case: "offer", value: { sdp } } });
      await bob.resume(scene.url);
      assert.equal((await bob.receive("offer")).sdp, sdp);
      await offerArrives(bob, alice);
      await offerArrives(alice, bob);
      alice.cut();
      bob.cut();
    },
  },
  {
    promise: "a reload lets streams be, or they are resumed",
    async run(scene, way) {
      const { alice, bob } = await pair(scene, way);
      await scene.reloadProxy();
      const later = await pair(scene, way);
      await offerArrives(later.alice, later.bob);
      await offerArrives(alice, bob);
      for (const peer of [alice, bob, later.alice, later.bob]) peer.cut();
    },
  },
];
