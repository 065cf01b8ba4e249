import { Reason } from "@parley/contract";
import { expect, test } from "vitest";
import { contractError } from "../testing/fake-error.ts";
import { FakeSession } from "../testing/fake-session.ts";
import { fakePeer } from "../testing/fake-transport.ts";
import { settle } from "../testing/settling-clock.ts";
import type { RememberedSession, SessionMemory } from "./tab-memory.ts";

/** A tab that remembers, and writes down what it is asked for. */
class FakeTab implements SessionMemory {
  readonly asked: string[] = [];
  session: RememberedSession | undefined;

  async recall(room: string): Promise<RememberedSession | undefined> {
    this.asked.push(`recall ${room}`);
    return this.session;
  }

  async keep(_room: string, session: RememberedSession): Promise<void> {
    this.session = session;
  }

  forget(): void {
    this.asked.push("forget");
    this.session = undefined;
  }

  release(): void {
    this.asked.push("release");
  }
}

/** What the newest stream was opened with. */
function joinOf(session: FakeSession) {
  const { start } = session.stream.init;
  if (start.case !== "join") throw new Error("it is no join");
  return start.value;
}

test("a new session asks for the name that the service had given, and proves that it held it", async () => {
  const session = await new FakeSession().join({ you: fakePeer("made-by-the-service", 50) });
  const [first] = session.transport.streams;
  const { start } = first?.init ?? {};
  session.stream.end(contractError(Reason.SESSION_LOST, "lost"));
  await session.clock.advance(100);
  const again = joinOf(session);
  expect(again.peerId).toBe("made-by-the-service");
  expect(start?.case === "join" && again.formerNonce).toEqual(start?.case === "join" && start.value.nonce);
  expect(again.nonce).not.toEqual(again.formerNonce);
});

test("a page that is loaded again goes on under its name, with the proof of the page before it", async () => {
  const tab = new FakeTab();
  tab.session = { peerId: "ada", nonce: new Uint8Array(16).fill(7) };
  const session = await new FakeSession({ memory: tab }).join({ you: fakePeer("ada", 50) });
  const join = joinOf(session);
  expect([join.peerId, join.formerNonce]).toEqual(["ada", new Uint8Array(16).fill(7)]);
  expect(tab.session).toEqual({ peerId: "ada", nonce: join.nonce });
});

test("a page that asks for another name leaves alone what the tab remembers", async () => {
  const tab = new FakeTab();
  tab.session = { peerId: "ada", nonce: new Uint8Array(16).fill(7) };
  const session = await new FakeSession({ memory: tab, peerId: "grace" }).join();
  expect([joinOf(session).peerId, joinOf(session).formerNonce.length]).toEqual(["grace", 0]);
});

test("one who leaves is forgotten; a page that goes away is not", async () => {
  const tab = new FakeTab();
  const gone = await new FakeSession({ memory: tab }).join();
  gone.page?.hide(false);
  expect([tab.asked.at(-1), tab.session !== undefined]).toEqual(["release", true]);
  const left = await new FakeSession({ memory: tab }).join();
  void left.client.leave();
  await settle();
  expect([tab.asked.at(-1), tab.session]).toEqual(["forget", undefined]);
});

test("metadata that was set before a session was lost is that of the next one", async () => {
  const session = await new FakeSession({ metadata: { mic: "on" } }).join();
  const update = session.client.setMetadata({ mic: "off" });
  update.catch(() => {});
  await settle();
  session.stream.end(contractError(Reason.SESSION_LOST, "lost"));
  await session.clock.advance(100);
  expect(joinOf(session).metadata).toEqual({ mic: "off" });
});
