import { Reason, reasonName } from "@parley/contract";
import { expect, test } from "vitest";
import { HeldBatches } from "../../server/src/session/held-batches.ts";
import type { Submission, SubmitOutcome } from "../../server/src/switchboard/batch.ts";
import type { Switchboard } from "../../server/src/switchboard/switchboard.ts";
import { Timers } from "../../server/src/time/timers.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import type { Open } from "./bench.ts";
import { join, signal } from "./peer.ts";

const limits = { seqGapMs: 250, messageBytes: 1000 };

/** The batches of one node, and its time. */
class HoldingNode {
  readonly clock = new FakeClock();
  readonly timers = new Timers(this.clock, 5);
  readonly batches: HeldBatches;
  /** How each batch ended, by its name. */
  readonly outcomes = new Map<string, string>();

  constructor(switchboard: Switchboard, held: Partial<typeof limits> = {}) {
    this.batches = new HeldBatches(switchboard, this.timers, { ...limits, ...held });
  }

  submit(token: string, name: string, submissions: readonly Submission[], bytes = 100): () => void {
    return this.batches.submit(token, { submissions, ack: 0 }, bytes, (outcome) => {
      this.outcomes.set(name, wordsOf(outcome));
    });
  }
}

function wordsOf(outcome: SubmitOutcome): string {
  return outcome.ok ? `accepted ${outcome.accepted}` : reasonName(outcome.failure.reason);
}

function heard(...names: readonly string[]): string[] {
  return names.map((name) => `signal ${name} from alice`);
}

const gap = reasonName(Reason.SEQ_GAP);

/** Batches that overtake each other, on every engine. */
export function heldBatchesSuite(open: Open): void {
  test("a batch that overtook another waits for it, and both are stored in order", async () => {
    const { node, settle } = await open();
    const alice = await join(node, "room", "alice");
    const bob = await join(node, "room", "bob");
    const holding = new HoldingNode(node);
    holding.submit(alice.token, "second", [signal(3, "bob", "c"), signal(4, "bob", "d")]);
    await settle();
    expect(holding.batches.sessions).toBe(1);
    holding.submit(alice.token, "first", [signal(1, "bob", "a"), signal(2, "bob", "b")]);
    await settle();
    expect(Object.fromEntries(holding.outcomes)).toEqual({ first: "accepted 2", second: "accepted 4" });
    expect(bob.listener.relayed).toEqual(heard("a", "b", "c", "d"));
    expect([holding.batches.sessions, holding.timers.pending]).toEqual([0, 0]);
  });

  test("several batches may overtake each other", async () => {
    const { node, settle } = await open();
    const alice = await join(node, "room", "alice");
    const bob = await join(node, "room", "bob");
    const holding = new HoldingNode(node);
    for (const seq of [4, 2, 5, 3]) {
      holding.submit(alice.token, `number ${seq}`, [signal(seq, "bob", `${seq}`)]);
      await settle();
    }
    holding.submit(alice.token, "number 1", [signal(1, "bob", "1")]);
    await settle();
    expect([...holding.outcomes.keys()]).toHaveLength(5);
    expect([...holding.outcomes.values()]).not.toContain(gap);
    expect(bob.listener.relayed).toEqual(heard("1", "2", "3", "4", "5"));
  });

  test("what another node accepts is noticed too", async () => {
    const { node, otherNode, settle, until } = await open();
    const alice = await join(node, "room", "alice");
    const bob = await join(node, "room", "bob");
    const [here, there] = [new HoldingNode(node), new HoldingNode(otherNode)];
    there.submit(alice.token, "second", [signal(2, "bob", "b")]);
    await settle();
    here.submit(alice.token, "first", [signal(1, "bob", "a")]);
    await settle();
    await until(() => {
      there.clock.advance(10);
      return there.outcomes.has("second");
    }, "the batch that waits");
    expect(Object.fromEntries(there.outcomes)).toEqual({ second: "accepted 2" });
    expect(bob.listener.relayed).toEqual(heard("a", "b"));
  });

  test("after a while the gap is reported, and nothing waits any more", async () => {
    const { node, settle, until } = await open();
    const alice = await join(node, "room", "alice");
    await join(node, "room", "bob");
    const holding = new HoldingNode(node);
    const began = holding.clock.now();
    holding.submit(alice.token, "second", [signal(2, "bob", "b")]);
    await settle();
    await until(() => {
      holding.clock.advance(5);
      return holding.outcomes.has("second");
    }, "the gap to be reported");
    expect(Object.fromEntries(holding.outcomes)).toEqual({ second: gap });
    expect(holding.clock.now() - began).toBeGreaterThanOrEqual(limits.seqGapMs);
    expect([holding.batches.sessions, holding.timers.pending]).toEqual([0, 0]);
  });

  test("a batch whose client is gone waits no more, and is not stored", async () => {
    const { node, settle } = await open();
    const alice = await join(node, "room", "alice");
    const bob = await join(node, "room", "bob");
    const holding = new HoldingNode(node);
    const stop = holding.submit(alice.token, "second", [signal(2, "bob", "b")]);
    await settle();
    stop();
    expect([holding.batches.sessions, holding.timers.pending]).toEqual([0, 0]);
    holding.submit(alice.token, "first", [signal(1, "bob", "a")]);
    await settle();
    expect(bob.listener.relayed).toEqual(heard("a"));
  });

  test("a batch that waits is submitted again only when its turn has come", async () => {
    const { node, settle } = await open();
    const alice = await join(node, "room", "alice");
    await join(node, "room", "bob");
    const submitted: string[] = [];
    const watched: Switchboard = Object.assign(Object.create(node), {
      submit: (...[token, batch, done]: Parameters<Switchboard["submit"]>) => {
        submitted.push(batch.submissions.map(({ seq }) => seq).join(" "));
        node.submit(token, batch, done);
      },
    });
    const holding = new HoldingNode(watched);
    holding.submit(alice.token, "last", [signal(4, "bob", "d"), signal(5, "bob", "e")]);
    for (const seq of [1, 2, 3]) {
      await settle();
      holding.submit(alice.token, `${seq}`, [signal(seq, "bob", "x")]);
    }
    await settle();
    expect(submitted).toEqual(["4 5", "1", "2", "3", "4 5"]);
    expect(holding.outcomes.get("last")).toBe("accepted 5");
  });

  test("of more than can wait, those wait whose turn comes first", async () => {
    const { node, settle } = await open();
    const alice = await join(node, "room", "alice");
    const bob = await join(node, "room", "bob");
    const holding = new HoldingNode(node);
    // A browser has few connections: the one that is missing must find one that is free.
    for (const seq of [7, 3, 6, 4, 5, 2, 8]) {
      holding.submit(alice.token, `${seq}`, [signal(seq, "bob", `${seq}`)]);
      await settle();
    }
    expect(Object.fromEntries(holding.outcomes)).toEqual({ 6: gap, 7: gap, 8: gap });
    holding.submit(alice.token, "1", [signal(1, "bob", "1")]);
    await settle();
    expect(bob.listener.relayed).toEqual(heard("1", "2", "3", "4", "5"));
    expect([holding.batches.sessions, holding.timers.pending]).toEqual([0, 0]);
  });

  test("no more waits than one batch may have, none that waiting cannot mend, and none if so set", async () => {
    const { node, settle } = await open();
    const alice = await join(node, "room", "alice");
    await join(node, "room", "bob");
    const holding = new HoldingNode(node);
    holding.submit(alice.token, "waits", [signal(2, "bob", "b")], 600);
    holding.submit(alice.token, "too many bytes", [signal(3, "bob", "c")], 401);
    holding.submit(alice.token, "unnumbered", [signal(0, "bob", "x"), signal(9, "bob", "y")]);
    holding.submit(alice.token, "a gap within", [signal(5, "bob", "x"), signal(7, "bob", "y")]);
    await settle();
    const impatient = new HoldingNode(node, { seqGapMs: 0 });
    impatient.submit(alice.token, "not held", [signal(9, "bob", "z")]);
    await settle();
    expect(Object.fromEntries(holding.outcomes)).toMatchObject({
      "too many bytes": gap,
      unnumbered: gap,
      "a gap within": gap,
    });
    expect(Object.fromEntries(impatient.outcomes)).toEqual({ "not held": gap });
    expect([...holding.outcomes.keys()]).not.toContain("waits");
  });
}
