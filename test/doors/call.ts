import type { SignalResponse } from "@parley/contract";
import { iceCandidate } from "../contract/stage/actor.ts";
import { nameInCandidate } from "../contract/stage/content.ts";
import type { SignalInit } from "../contract/ways/index.ts";

/** How many candidates come in each of the two bursts of a side. */
export const candidates = 10;
/** How many signals each side of a call receives. */
export const signalsOfASide = 1 + 2 * candidates;

/** One burst. @param from the number of its first candidate */
export function trickle(to: string, from: number): SignalInit[] {
  return Array.from({ length: candidates }, (_, index) => iceCandidate(to, `c${from + index}`));
}

/** A relayed signal: its number, its sender and what it says. */
export function wordsOf({ seq, sender, body }: SignalResponse): string {
  const { case: kind, value } = body;
  const said = kind === "iceCandidate" ? nameInCandidate(value.candidate) : kind;
  return `${seq} from ${sender}: ${said}`;
}

/** All that one side of a call hears, in order. */
export function callOf(sender: string, description: string): string[] {
  const said = [description, ...Array.from({ length: 2 * candidates }, (_, index) => `c${index}`)];
  return said.map((each, index) => `${index + 1} from ${sender}: ${each}`);
}
