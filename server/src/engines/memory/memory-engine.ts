import type { Engine, EngineParts } from "../engine.ts";
import { MemorySwitchboard } from "./memory-switchboard.ts";

const settings = {};

/** The engine for a single node. Nothing asks for it: it serves if no other engine does. */
export const memoryEngine = {
  settings,
  create: (_, { limits, timers, observer }: EngineParts) => new MemorySwitchboard(limits, timers, observer),
} satisfies Engine<typeof settings>;
