import { describe, expect, test } from "vitest";
import type { Open } from "./bench.ts";
import { join, type Peer, resume } from "./peer.ts";

/** The version of a room's roster, by which a client that comes back learns that nothing has changed. */
export function rosterVersionSuite(open: Open): void {
  describe("roster versions", () => {
    /** Loses the stream and comes back with the version that the client knows. */
    const comeBack = (node: Parameters<typeof resume>[0], { attached }: Peer) =>
      resume(node, attached.token, 0, { rosterVersion: attached.rosterVersion });

    test("a roster that has not changed is left out", async () => {
      const { node, otherNode } = await open();
      await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      expect(b.attached.rosterUnchanged).toBe(false);
      b.seat.detach();
      const back = await comeBack(node, b);
      expect(back.attached).toMatchObject({ rosterUnchanged: true, roster: [] });
      expect(back.attached.rosterVersion).toBe(b.attached.rosterVersion);
    });

    test("one who knows no version, or another one, gets the roster", async () => {
      const { node } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      const { token, rosterVersion } = b.attached;
      for (const known of [0, rosterVersion - 1, rosterVersion + 1]) {
        const back = await resume(node, token, 0, { rosterVersion: known });
        expect(back.attached).toMatchObject({ rosterUnchanged: false, roster: [a.seat.self], rosterVersion });
      }
    });

    test("the version rises with everyone who comes, goes, or updates its metadata", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      const versions = [a.attached.rosterVersion, b.attached.rosterVersion];
      let watcher = await join(node, "room", "watcher");
      versions.push(watcher.attached.rosterVersion);
      const note = async (what: string) => {
        await until(() => watcher.listener.told.includes(what), what);
        const back = await comeBack(node, watcher);
        expect(back.attached.rosterUnchanged).toBe(false);
        watcher = back;
        versions.push(back.attached.rosterVersion);
      };
      b.seat.submit({ kind: "update", seq: 1, metadata: { muted: "yes" } });
      await note("updated b");
      b.seat.submit({ kind: "leave", seq: 2 });
      await note("left b LEFT");
      expect(versions).toEqual([...new Set(versions)].sort((x, y) => x - y));
    });
  });
}
