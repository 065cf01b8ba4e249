import { Reason } from "@parley/contract";
import { describe, expect, test } from "vitest";
import { lobbyOf, newWatcherName } from "../../server/src/switchboard/lobby.ts";
import type { RoomName } from "../../server/src/switchboard/names.ts";
import type { Open } from "./bench.ts";
import { EventLog } from "./event-log.ts";
import { join, joinRequest, resume, tryJoin } from "./peer.ts";

const lobby = lobbyOf("room" as RoomName);

/** Clients that wait in a lobby are not counted as peers, and neither is the view of a member into it. */
export function lobbyCountingSuite(open: Open): void {
  describe("a lobby", () => {
    test("is counted apart from the rooms and their sessions", async () => {
      const { node, until, settle } = await open({ resumeWindowMs: 10_000 });
      const member = await join(node, "room", "a");
      const view = await join(node, lobby, newWatcherName());
      const first = await join(node, lobby, "b");
      const second = await join(node, lobby, "c");
      expect(node.counts()).toEqual({ rooms: 1, sessions: 1, attached: 1, waiting: 2 });
      first.seat.detach();
      await settle();
      expect(node.counts()).toEqual({ rooms: 1, sessions: 1, attached: 1, waiting: 1 });
      const back = await resume(node, first.token, 0);
      const newer = await resume(node, first.token, 0);
      await until(() => back.listener.isLost, "a newer stream has the place");
      expect(node.counts()).toMatchObject({ waiting: 2 });
      newer.seat.submit({ kind: "leave", seq: 1 });
      await until(() => newer.listener.isLost, "b waits no more");
      second.seat.detach();
      await until(() => view.listener.told.includes("left c EXPIRED"), "the place of c is gone");
      expect(node.counts()).toEqual({ rooms: 1, sessions: 1, attached: 1, waiting: 0 });
      view.seat.submit({ kind: "leave", seq: 1 });
      member.seat.submit({ kind: "leave", seq: 1 });
      await until(() => member.listener.isLost && view.listener.isLost, "nobody is left");
      await until(() => node.counts().rooms === 0, "the room is forgotten");
      expect(node.counts()).toEqual({ rooms: 0, sessions: 0, attached: 0, waiting: 0 });
    });

    test("takes no place of a peer on its node, and has a limit of its own", async () => {
      const { node, until } = await open({ nodePeers: 1, nodeLobbyPeers: 2 });
      const first = await join(node, lobby, "a");
      await join(node, lobbyOf("other" as RoomName), "b");
      expect(await tryJoin(node, joinRequest(lobby, "c"))).toMatchObject({
        ok: false,
        failure: {
          reason: Reason.SERVER_FULL,
          message: "this node has reached its limit of clients in lobbies",
        },
      });
      await join(node, "room", "member");
      expect(await tryJoin(node, joinRequest("room", "other"))).toMatchObject({
        ok: false,
        failure: { reason: Reason.SERVER_FULL, message: "this node has reached its limit of peers" },
      });
      await join(node, lobby, newWatcherName());
      first.seat.submit({ kind: "leave", seq: 1 });
      await until(() => node.counts().waiting === 1, "a waits no more");
      await join(node, lobby, "c");
    });

    test("is seen by an observer when a client begins to wait, and at no other time", async () => {
      const log = new EventLog();
      const { node, otherNode, until, settle } = await open({}, log);
      const view = await join(node, lobby, newWatcherName());
      const waiting = await join(node, lobby, "a");
      view.send("a", "decision");
      view.send("nobody", "decision");
      await until(() => waiting.listener.relayed.length === 1, "the decision has come");
      await until(() => view.listener.entries.length === 1, "the other decision is rejected");
      waiting.seat.detach();
      await settle();
      const again = await resume(otherNode, waiting.token, 1);
      again.seat.submit({ kind: "leave", seq: 1 });
      await until(() => again.listener.isLost, "a waits no more");
      expect(await node.directory.end(lobby, undefined, "removed")).toBe(1);
      await until(() => view.listener.isLost, "nobody watches");
      await join(node, "room", "b");
      await settle();
      expect(log.take()).toEqual(["waits", "joined"]);
    });
  });
}
