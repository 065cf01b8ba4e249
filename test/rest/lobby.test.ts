import type { Lobby } from "@parley/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Backend } from "../access/backend.ts";
import { Issuer } from "../access/issuer.ts";
import { joinOf } from "../contract/stage/stage.ts";
import { connectNodeGrpc } from "../contract/ways/connect-node.ts";
import type { First, Stream } from "../contract/ways/index.ts";
import { RestService } from "./rest-service.ts";

const issuer = new Issuer();
let backend: Backend;
let service: RestService;
beforeAll(async () => {
  backend = await Backend.start("grpc", ({ grants }) => ({
    decision: { case: grants.includes("admit") ? "approve" : "hold", value: {} },
  }));
  service = await RestService.start("--heartbeat", "1", ...issuer.flags, ...backend.flags);
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
  issuer[Symbol.dispose]();
});

const tokenOf = (sub: string, ...grants: string[]) =>
  issuer.issue({
    claims: { sub, parley: { rooms: ["*"], grants: ["join", "send", "receive", "update", ...grants] } },
  });

/** The lobby, once someone waits in it. */
async function lobbyOf(stream: Stream): Promise<Lobby> {
  for (;;) {
    const next = await stream.inbox.next();
    if ("code" in next) throw new Error(`the host's stream ended: ${next.reason}`);
    if (next.body.case === "lobby" && next.body.value.waiting.length > 0) return next.body.value;
  }
}

test("a join that waits in the lobby is answered with 202, and repeated until a member decides", async () => {
  const host = connectNodeGrpc.open(
    service.url,
    { case: "join", ...joinOf("host", { room: "lobby" }) } as First,
    {
      token: await tokenOf("host", "admit"),
    },
  );
  const welcome = await host.inbox.next();
  if (!("body" in welcome) || welcome.body.case !== "welcome") throw new Error("the host is not let in");
  const headers = {
    authorization: `Bearer ${await tokenOf("guest")}`,
    "idempotency-key": "guest-guest-guest",
  };
  const knock = () => service.ask("POST", "/v1/rooms/lobby/peers", { json: { peerId: "guest" }, headers });
  expect(await knock()).toMatchObject({ status: 202, json: { waiting: { position: 1 } } });
  expect(await knock()).toMatchObject({ status: 202, json: { waiting: { position: 1 } } });
  const { waiting } = await lobbyOf(host);
  const [{ peerId = "", session = 0 } = {}] = waiting;
  const { sessionToken } = welcome.body.value;
  await host.send(sessionToken, {
    seq: 1,
    body: { case: "decide", value: { peerId, session, admit: true } },
  });
  for (;;) {
    const answer = await knock();
    if (answer.status === 202) continue;
    expect(answer).toMatchObject({ status: 201, json: { welcome: { you: { peerId: "guest" } } } });
    break;
  }
  host.cut();
});
