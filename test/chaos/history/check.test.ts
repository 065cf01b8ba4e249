import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomFrom } from "../random.ts";
import { check } from "./check.ts";
import { type ClientLine, type Line, readHistory } from "./line.ts";
import { seededErrors } from "./seeded-errors.ts";

const windowMs = 30_000;
const rooms = { ada: "r1", bob: "r1", carol: "r1", dave: "r2", erin: "r2" };

type Step = readonly [e: ClientLine["e"], at: string, rest?: object];

/** A history of these steps, one second apart, in which everybody has met the others of their room. */
function historyOf(steps: readonly Step[], mayLose = false): Line[] {
  let t = 0;
  const line = (e: string, at: string, rest: object = {}) => {
    t += 1000;
    return { t, e, at, ...rest } as Line;
  };
  const names = Object.entries(rooms);
  const meetings = names.flatMap(([at, room]) => [
    line("up", at),
    ...names.filter(([who, where]) => who !== at && where === room).map(([who]) => line("meet", at, { who })),
  ]);
  return [
    { t: 0, e: "start", rooms, windowMs, mayLose },
    ...meetings,
    ...steps.map(([e, at, rest]) => line(e, at, rest)),
  ];
}

function send(id: string, at = "ada", to = "bob"): Step[] {
  return [
    ["send", at, { id, to }],
    ["ack", at, { id }],
  ];
}

function deliver(id: string, at = "bob", from = "ada"): Step {
  return ["deliver", at, { id, from }];
}

function faults(steps: readonly Step[], mayLose = false): string[] {
  return check(historyOf(steps, mayLose)).map(({ fault }) => fault);
}

const away = (at: string, seconds: number): Step[] => [
  ["down", at],
  ...Array.from({ length: seconds }, (): Step => ["up", "dave"]),
];

describe("the checker of histories", () => {
  it("finds nothing where everything arrives once and in order", () => {
    expect(
      faults([...send("1"), deliver("1"), ...send("2"), ...send("3"), deliver("2"), deliver("3")]),
    ).toEqual([]);
  });

  it("finds what was acknowledged and never arrived, unless both sides were notified", () => {
    expect(faults(send("1"))).toEqual(["lost"]);
    expect(faults([...send("1"), ["reset", "bob", { reason: "SESSION_LOST" }]], true)).toEqual(["lost"]);
    expect(
      faults(
        [
          ...send("1"),
          ["reset", "bob", { reason: "SESSION_LOST" }],
          ["gone", "ada", { who: "bob", cause: "lost" }],
          ["meet", "ada", { who: "bob" }],
        ],
        true,
      ),
    ).toEqual([]);
    const before: Step[] = [
      ["gone", "ada", { who: "bob", cause: "lost" }],
      ["meet", "ada", { who: "bob" }],
    ];
    expect(faults([...before, ...send("1")], true)).toEqual(["lost"]);
  });

  it("finds what arrives twice, late, altered or at another client", () => {
    expect(faults([...send("1"), deliver("1"), deliver("1")])).toEqual(["duplicated"]);
    expect(faults([...send("1"), ...send("2"), deliver("2"), deliver("1")])).toEqual(["reordered"]);
    expect(faults([...send("1"), deliver("1"), deliver("7")])).toEqual(["altered"]);
    expect(faults([...send("1"), deliver("1"), ...send("2"), deliver("2", "carol")])).toEqual(["altered"]);
    expect(faults([...send("1"), deliver("1", "bob", "carol")])).toEqual(["altered"]);
  });

  it("finds a signal without an answer, and one that was refused and delivered", () => {
    expect(faults([["send", "ada", { id: "1", to: "bob" }], deliver("1")])).toEqual(["unanswered"]);
    const refused = (by: string): Step[] => [
      ["send", "ada", { id: "1", to: "bob" }],
      ["refuse", "ada", { id: "1", by }],
    ];
    expect(faults([...refused("service"), deliver("1")])).toEqual(["unfounded"]);
    expect(faults([...refused("nobody"), deliver("1")])).toEqual([]);
    expect(faults(refused("service"))).toEqual([]);
  });

  it("finds a session that was lost although its client was not away for longer than the window", () => {
    const reset: Step = ["reset", "ada", { reason: "RESUME_GAP" }];
    expect(faults([reset])).toEqual(["reset"]);
    expect(faults([...away("ada", 5), reset])).toEqual(["reset"]);
    expect(faults([...away("ada", 31), reset])).toEqual([]);
    expect(faults([...away("ada", 31), ["up", "ada"], reset])).toEqual(["reset"]);
    expect(faults([reset], true)).toEqual([]);
    expect(faults([["over", "ada", { reason: "SESSION_REPLACED" }]])).toEqual(["ended"]);
  });

  it("finds a peer that died and is still seen, or was seen for too long", () => {
    const gone = (at: string): Step => ["gone", at, { who: "carol", cause: "expired" }];
    expect(faults([["die", "carol"]])).toEqual(["ghost", "ghost"]);
    expect(faults([["die", "carol"], gone("ada")])).toEqual(["ghost"]);
    expect(faults([["die", "carol"], gone("ada"), gone("bob")])).toEqual([]);
    expect(faults([["die", "carol"], ...send("1", "ada", "carol"), gone("ada"), gone("bob")])).toEqual([]);
    expect(faults([["die", "carol"], ...away("dave", 45), gone("ada"), gone("bob")])).toEqual([
      "ghost",
      "ghost",
    ]);
  });

  it("finds a peer that lives and is not seen", () => {
    expect(faults([["gone", "ada", { who: "bob", cause: "expired" }]])).toEqual(["missed"]);
  });

  it("takes no line for one of a history that is none", () => {
    const lines = historyOf(send("1")).map((line) => JSON.stringify(line));
    expect(readHistory(lines.join("\n"))).toHaveLength(lines.length);
    expect(() => readHistory(`${lines[0]}\n{"t":1,"e":"ack","at":"ada"}`)).toThrow("line 2");
    expect(() => readHistory('{"t":1,"e":"guess","at":"ada"}')).toThrow("line 1");
  });
});

/** Signals between the peers of a room, each of which arrives at some time after it was sent, and in order. */
const traffic = fc.array(
  fc.record({
    from: fc.constantFrom("ada", "bob", "carol"),
    to: fc.constantFrom("ada", "bob", "carol"),
    // How many other signals are sent until it arrives.
    delay: fc.nat(5),
  }),
  { minLength: 8, maxLength: 60 },
);

/** A history without an error. */
function played(signals: readonly { from: string; to: string; delay: number }[]): Line[] {
  const steps: Step[] = [];
  const underWay: { due: number; id: string; from: string; to: string }[] = [];
  const arrive = (now: number) => {
    for (const signal of underWay.splice(0)) {
      const waits = underWay.some(({ from, to }) => from === signal.from && to === signal.to);
      if (signal.due > now || waits) underWay.push(signal);
      else steps.push(deliver(signal.id, signal.to, signal.from));
    }
  };
  for (const [now, { from, to, delay }] of signals.entries()) {
    if (from === to) continue;
    steps.push(...send(`s${now}`, from, to));
    underWay.push({ due: now + delay, id: `s${now}`, from, to });
    arrive(now);
  }
  arrive(Number.POSITIVE_INFINITY);
  return historyOf(steps);
}

describe.each(seededErrors)("an error that was seeded: $fault", ({ fault, make }) => {
  it("is found in whatever history", () => {
    let made = 0;
    fc.assert(
      fc.property(traffic, fc.nat(), (signals, seed) => {
        const history = played(signals);
        expect(check(history)).toEqual([]);
        const wrong = make(history, randomFrom(seed));
        if (wrong === undefined) return;
        made++;
        expect(check(wrong).map((finding) => finding.fault)).toContain(fault);
      }),
    );
    expect(made).toBeGreaterThan(50);
  });
});
