import { describe, expect, it } from "vitest";
import { Oracle } from "./oracle.ts";
import type { PeerEvent } from "./peer-event.ts";

type Kind = "sent" | "acked" | "received";

let clock = 0;

function signal(kind: Kind, number: number, from = "a", to = "b"): PeerEvent {
  return { kind, from, to, number, at: ++clock };
}

function rejected(number: number, told: boolean): PeerEvent {
  return { kind: "rejected", from: "a", to: "b", number, told, reason: "MAILBOX_FULL", at: ++clock };
}

function reset(peer: string): PeerEvent {
  return { kind: "reset", peer, reason: "SESSION_LOST", at: ++clock };
}

function left(peer: string, about: string): PeerEvent {
  return { kind: "left", peer, about, cause: "expired", at: ++clock };
}

function judge(...events: PeerEvent[]) {
  const oracle = new Oracle();
  for (const event of events) oracle.take(event);
  return { ...oracle.verdict(), outstanding: oracle.outstanding };
}

/** Sends, acknowledges and receives these numbers in order. */
function fine(...numbers: number[]): PeerEvent[] {
  return numbers.flatMap((number) => [
    signal("sent", number),
    signal("acked", number),
    signal("received", number),
  ]);
}

const clean = {
  lost: 0,
  told: 0,
  duplicated: 0,
  disordered: 0,
  unanswered: 0,
  unfounded: 0,
  rejected: 0,
  resets: 0,
  wronglyLeft: 0,
  broken: 0,
  outstanding: 0,
};

describe("the oracle", () => {
  it("finds nothing where everything arrives once and in order", () => {
    expect(judge(...fine(1, 2, 3), ...fine(4))).toMatchObject({
      ...clean,
      sent: 4,
      received: 4,
      examples: [],
    });
  });

  it("does not mind in which order the ends report", () => {
    expect(judge(signal("received", 1), signal("acked", 1), signal("sent", 1))).toMatchObject(clean);
  });

  it("catches a signal that was acknowledged and never arrived", () => {
    const verdict = judge(...fine(1), signal("sent", 2), signal("acked", 2), ...fine(3));
    expect(verdict).toMatchObject({ ...clean, lost: 1, outstanding: 1 });
    expect(verdict.examples).toEqual(["a → b 2 was acknowledged and never arrived, and a was not notified"]);
  });

  it("catches a signal that arrives twice", () => {
    expect(judge(...fine(1), signal("received", 1))).toMatchObject({ ...clean, duplicated: 1 });
  });

  it("catches an old signal that arrives again after newer ones", () => {
    expect(judge(...fine(1, 2, 3), signal("received", 1))).toMatchObject({ ...clean, duplicated: 1 });
  });

  it("catches signals that change places", () => {
    const sent = [1, 2, 3].flatMap((number) => [signal("sent", number), signal("acked", number)]);
    const received = [2, 1, 3].map((number) => signal("received", number));
    expect(judge(...sent, ...received)).toMatchObject({ ...clean, disordered: 1 });
  });

  it("keeps the order of each pair of peers apart", () => {
    const other = (kind: Kind, number: number) => signal(kind, number, "c", "b");
    expect(judge(...fine(5), other("sent", 1), other("acked", 1), other("received", 1))).toMatchObject(clean);
  });

  it("catches a signal that nobody answers", () => {
    expect(judge(signal("sent", 1))).toMatchObject({ ...clean, unanswered: 1, outstanding: 1 });
  });

  it("catches a signal that nobody sent", () => {
    expect(judge(signal("received", 1), signal("acked", 1))).toMatchObject({ ...clean, unfounded: 1 });
  });

  it("catches a signal that arrives although it was rejected", () => {
    expect(judge(signal("sent", 1), rejected(1, true), signal("received", 1))).toMatchObject({
      ...clean,
      rejected: 1,
      unfounded: 1,
    });
  });

  it("lets a signal arrive whose sender lost its session before the answer", () => {
    expect(judge(signal("sent", 1), reset("a"), rejected(1, false), signal("received", 1))).toMatchObject({
      ...clean,
      resets: 1,
    });
  });

  it("takes a lost signal for reported only if both sides were notified", () => {
    const gone = [signal("sent", 1), signal("acked", 1)];
    expect(judge(...gone, reset("a"))).toMatchObject({ lost: 1, told: 0 });
    expect(judge(...gone, reset("b"))).toMatchObject({ lost: 1, told: 0 });
    expect(judge(...gone, reset("a"), reset("b"))).toMatchObject({ lost: 0, told: 1, outstanding: 0 });
    expect(judge(...gone, reset("b"), left("a", "b"))).toMatchObject({ lost: 0, told: 1 });
  });

  it("does not take an earlier report for an answer to what is lost later", () => {
    const before = [reset("a"), reset("b"), left("a", "b"), left("b", "a")];
    expect(judge(...before, signal("sent", 1), signal("acked", 1))).toMatchObject({ lost: 1, told: 0 });
  });

  it("catches that a living peer is reported to have left", () => {
    expect(judge(...fine(1), left("b", "a"))).toMatchObject({ ...clean, wronglyLeft: 1 });
  });

  it("counts what is beyond all expectation", () => {
    const broken = { kind: "broken", peer: "a", text: "an offer for another", at: 1 } as const;
    const closed = { kind: "closed", peer: "a", reason: "INTERNAL", at: 1 } as const;
    expect(judge(broken, closed)).toMatchObject({ ...clean, broken: 2 });
  });

  it("measures how long the others took to hear of a death, and expects no more of the dead", () => {
    const oracle = new Oracle();
    oracle.take({ kind: "sent", from: "a", to: "b", number: 1, at: 100 });
    oracle.take({ kind: "acked", from: "a", to: "b", number: 1, at: 110 });
    oracle.take({ kind: "sent", from: "b", to: "a", number: 1, at: 120 });
    oracle.died(["b"], 130);
    expect(oracle.verdict()).toMatchObject({ lost: 1 });
    oracle.take({ kind: "left", peer: "a", about: "b", cause: "expired", at: 5130 });
    expect(oracle.departures()).toEqual([5000]);
    expect(oracle.verdict()).toMatchObject({ lost: 0, told: 1, unanswered: 0, wronglyLeft: 0 });
    expect(oracle.outstanding).toBe(0);
  });
});
