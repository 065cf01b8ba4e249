import type { Engine, EngineParts } from "../engine.ts";
import { MemorySwitchboard } from "./memory-switchboard.ts";

const settings = {};

/** The engine for a single node. Nothing asks for it: it serves if no other engine does. */
export const memoryEngine = {
  settings,
  create: (_, { limits, timers }: EngineParts) => new MemorySwitchboard(limits, timers),
} satisfies Engine<typeof settings>;
