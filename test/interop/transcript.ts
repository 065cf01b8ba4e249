import { deepEqual, equal, ok } from "node:assert/strict";
import type { Program } from "./program.ts";

/** What a program says that it sent to a peer, or received from it: one word or candidate a signal, in order. */
export function signalsOf({ lines }: Program, direction: "to" | "from", peer: string): string[] {
  const prefix = `${direction} ${peer}: `;
  return lines
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length).replace(/ of \d+ bytes$/, ""));
}

/** The kinds of signals: a description is its type, and every candidate is `candidate`. */
export function kindsOf(signals: readonly string[]): string[] {
  return signals.map((signal) => (signal.startsWith("candidate:") ? "candidate" : signal));
}

/** That two programs swapped descriptions and candidates: each arrived once, in order, and `offerer` offered. */
export function checkSwap(offerer: Program, answerer: Program): void {
  for (const [from, to, description] of [
    [offerer, answerer, "offer"],
    [answerer, offerer, "answer"],
  ] as const) {
    const sent = signalsOf(from, "to", to.name);
    deepEqual(signalsOf(to, "from", from.name), sent, `what ${to.name} received is what ${from.name} sent`);
    checkSide(kindsOf(sent), description);
    ok(from.lines.some((line) => line.startsWith(`swap with ${to.name} is complete`)));
  }
  deepEqual(rejectionsOf(offerer), []);
  deepEqual(rejectionsOf(answerer), []);
}

/** That one side said all that belongs to a swap: its description first, candidates, and their end. */
export function checkSide(kinds: readonly string[], description: "offer" | "answer"): void {
  equal(kinds[0], description, "the description comes first");
  ok(kinds.filter((kind) => kind === "candidate").length >= 1, "there is a candidate at least");
  equal(kinds.at(-1), "end of candidates");
  equal(new Set(kinds.slice(1, -1)).size, 1, "there is nothing but candidates between them");
}

function rejectionsOf({ lines }: Program): string[] {
  return lines.filter((line) => line.includes(" was rejected: "));
}
