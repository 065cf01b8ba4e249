import { ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { AdminService, reasonName } from "@parley/contract";
import { afterAll, expect, test } from "vitest";
import { reasonOfError } from "../../server/src/errors/parley-error.ts";
import { Issuer } from "../access/issuer.ts";
import { HeldClock } from "./stage/held-clock.ts";
import { scenario } from "./stage/scenario.ts";
import { joinOf, Stage } from "./stage/stage.ts";
import { ways } from "./ways/index.ts";

const one = new Issuer();
afterAll(() => one[Symbol.dispose]());
const now = new HeldClock().wallTime() / 1000;
const flags = [...one.flags, "--admin-port", "0"];

const tokenOf = (sub: string, claims: object = {}, grants?: string[]) =>
  one.issue({ now, claims: { sub, parley: { rooms: ["*"], ...(grants && { grants }) }, ...claims } });

function adminOf(stage: Stage) {
  return createClient(AdminService, createGrpcTransport({ baseUrl: stage.adminUrl }));
}
const asAdmin = async () => ({
  headers: { authorization: `Bearer ${await tokenOf("root", {}, ["admin"])}` },
});

scenario(
  "revoked tokens end their sessions, and open none; later ones do",
  async (stage) => {
    const old = await tokenOf("alice");
    const alice = await stage.join("alice", { access: old });
    const bob = await stage.join("bob", { access: await tokenOf("bob", { jti: "b1" }) });
    await alice.hear();
    await adminOf(stage).revoke({ tokens: { case: "sub", value: "alice" } }, await asAdmin());
    await alice.end();
    await bob.hear();
    await stage.enter("again", { case: "join", ...joinOf("alice") }, stage.way, old).end();
    await adminOf(stage).revoke({ tokens: { case: "jti", value: "b1" } }, await asAdmin());
    await bob.end();
    stage.pass(2000);
    const later = await one.issue({ now: now + 2, claims: { sub: "alice" } });
    await stage.join("back", { access: later, named: false });
    await stage.join("bob again", { access: await tokenOf("bob", { jti: "b2" }), named: false });
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "ended UNAUTHENTICATED ACCESS_TOKEN_REVOKED",
    ],
    again: ["ended UNAUTHENTICATED ACCESS_TOKEN_REVOKED"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "left: alice REMOVED",
      "ended UNAUTHENTICATED ACCESS_TOKEN_REVOKED",
    ],
    back: ["welcome alice", "joined: bob (impolite toward it)"],
    "bob again": ["welcome bob, meet alice (polite toward it)"],
  },
  { flags },
);

scenario(
  "a peer is removed, and a room closed",
  async (stage) => {
    const alice = await stage.join("alice", { access: await tokenOf("alice") });
    const bob = await stage.join("bob", { access: await tokenOf("bob") });
    const carol = await stage.join("carol", { access: await tokenOf("carol"), room: "other" });
    await alice.hear();
    const admin = adminOf(stage);
    const { sessions } = await admin.removePeer({ room: "standup", peerId: "bob" }, await asAdmin());
    expect(sessions).toBe(1);
    await bob.end();
    await alice.hear();
    expect(await admin.closeRoom({ room: "standup" }, await asAdmin())).toMatchObject({ sessions: 1 });
    await alice.end();
    expect(await admin.closeRoom({ room: "standup" }, await asAdmin())).toMatchObject({ sessions: 0 });
    expect(carol.ended).toBe(false);
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "left: bob REMOVED",
      "ended PERMISSION_DENIED PEER_REMOVED",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "ended PERMISSION_DENIED PEER_REMOVED"],
    carol: ["welcome carol"],
  },
  { flags },
);

const [way] = ways;
if (way === undefined) throw new Error("there is no way in");

test("only holders of the grant administrate, and only on the port for it", async () => {
  await using stage = await Stage.start(way, flags);
  const outcome = async (call: Promise<unknown>) =>
    call.then(
      () => "ok",
      (error: unknown) => reasonName(reasonOfError(ConnectError.from(error)) ?? 0),
    );
  const admin = adminOf(stage);
  const room = { room: "standup" };
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  expect(await outcome(admin.closeRoom(room))).toBe("ACCESS_TOKEN_REQUIRED");
  expect(await outcome(admin.closeRoom(room, bearer(await tokenOf("alice"))))).toBe("ACCESS_DENIED");
  expect(await outcome(admin.closeRoom(room, await asAdmin()))).toBe("ok");
  expect(await outcome(admin.closeRoom({ room: "a room" }, await asAdmin()))).toBe("ROOM_INVALID");
  expect(await outcome(admin.removePeer({ ...room, peerId: "" }, await asAdmin()))).toBe("PEER_ID_INVALID");
  expect(await outcome(admin.revoke({}, await asAdmin()))).toBe("MALFORMED_MESSAGE");
  const onClients = createClient(AdminService, createGrpcTransport({ baseUrl: stage.url }));
  expect(await outcome(onClients.closeRoom(room, await asAdmin()))).toBe("METHOD_UNKNOWN");
});
