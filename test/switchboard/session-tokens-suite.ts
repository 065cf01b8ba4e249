import { Reason } from "@parley/contract";
import { describe, expect, test } from "vitest";
import type { SubmitOutcome } from "../../server/src/switchboard/batch.ts";
import { termsIn } from "../../server/src/switchboard/session-token.ts";
import type { Open } from "./bench.ts";
import { join, joinRequest, refusal, resume, signal, submit, tryJoin, tryResume } from "./peer.ts";

/** A session token opens its own session, and nothing else. */
export function sessionTokensSuite(open: Open): void {
  describe("session tokens", () => {
    test("a token of another service, another session or another secret opens nothing", async () => {
      const { node } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      const [address, id, secret, terms, mark] = a.token.split(".");
      const [addressOfB, idOfB, secretOfB] = b.token.split(".");
      const malformed = [
        "",
        "x",
        `${address}.${id}`,
        `${a.token}.x`,
        `${address}.${id}.short.${terms}.${mark}`,
      ];
      malformed.push(`${address}.${id}.${secret}.${mark}`, `${address}.${id}.${secret}.${terms}.short`);
      malformed.push(`${address}.${id}.${secret}.G.${mark}`, `${address}.${id}.${secret}.ninechars.${mark}`);
      // An address is a room and a peer, in base64.
      for (const other of [
        "",
        "~~~",
        "room/a",
        encoded("room"),
        encoded("room/"),
        encoded("/a"),
        encoded("room/a/x"),
        `${address}==`,
      ])
        malformed.push(`${other}.${id}.${secret}.${terms}.${mark}`);
      for (const token of malformed) {
        expect(refusal(await tryResume(node, token, 0))).toBe("SESSION_TOKEN_INVALID");
        expect(refusal(await submit(node, token, []))).toBe("SESSION_TOKEN_INVALID");
        expect(node.tokenFailure(token)).toMatchObject({ reason: Reason.SESSION_TOKEN_INVALID });
      }
      expect(node.tokenFailure(a.token)).toBeUndefined();
      for (const unmarked of [
        `${address}.${id}.${secretOfB}`,
        `${address}.${idOfB}.${secret}`,
        `${addressOfB}.${id}.${secretOfB}`,
        `${addressOfB}.${id}.${secret}`,
        `${encoded("room/nobody")}.${id}.${secret}`,
        `${encoded("other/a")}.${id}.${secret}`,
      ]) {
        const token = `${unmarked}.${terms}.${mark}`;
        expect(node.tokenFailure(token)).toMatchObject({ reason: Reason.SESSION_NOT_FOUND });
        expect(refusal(await tryResume(node, token, 0))).toBe("SESSION_NOT_FOUND");
        expect(refusal(await submit(node, token, []))).toBe("SESSION_NOT_FOUND");
      }
      expect((await resume(node, a.token, 0)).name).toBe("a");
    });

    test("the mark of a token is that of its service, on every node, and of no other", async () => {
      const [here, there] = [await open(), await open()];
      const a = await join(here.node, "room", "a");
      expect(here.otherNode.tokenFailure(a.token)).toBeUndefined();
      expect(there.node.tokenFailure(a.token)).toMatchObject({ reason: Reason.SESSION_NOT_FOUND });
      expect(refusal(await tryResume(there.node, a.token, 0))).toBe("SESSION_NOT_FOUND");
    });

    test("a token carries the terms of its join on every node, and no others", async () => {
      const { node, otherNode } = await open();
      const nonce = Buffer.alloc(16, 7);
      const own = await tryJoin(node, { ...joinRequest("room", "a", { nonce }), terms: "gsr" });
      const token = own.ok ? own.token : "";
      expect(termsIn(token)).toBe("gsr");
      expect(otherNode.tokenFailure(token)).toBeUndefined();
      expect(otherNode.tokenFailure(token.replace(".gsr.", ".gsut."))).toMatchObject({
        reason: Reason.SESSION_NOT_FOUND,
      });
      const resumed = await tryResume(otherNode, token, 0);
      expect(resumed).toMatchObject({ ok: true, token });
      const again = await tryJoin(otherNode, { ...joinRequest("room", "a", { nonce }), terms: "g" });
      expect(again).toMatchObject({ ok: true, resumed: true });
      expect(termsIn(again.ok ? again.token : "")).toBe("g");
    });

    test("a peer cannot send under the name of another by a change of its token", async () => {
      const { node, otherNode, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      const c = await join(otherNode, "room", "c");
      const [, id, secret, terms, mark] = a.token.split(".");
      const [addressOfB] = b.token.split(".");
      const forged = `${addressOfB}.${id}.${secret}.${terms}.${mark}`;
      expect(refusal(await submit(otherNode, forged, []))).toBe("SESSION_NOT_FOUND");
      // Even with a valid mark, the engine compares the name with that of the session.
      const batch = { submissions: [signal(1, c.name, "forged")], ack: 0 };
      const outcome = await new Promise<SubmitOutcome>((resolve) => otherNode.submit(forged, batch, resolve));
      expect(refusal(outcome)).toBe("SESSION_NOT_FOUND");
      await settle();
      expect(c.listener.relayed).toEqual([]);
    });
  });
}

function encoded(address: string): string {
  return Buffer.from(address).toString("base64url");
}
