import type { ValuesOf } from "../config/setting.ts";
import type { Switchboard } from "../switchboard/switchboard.ts";
import type { EngineParts } from "./engine.ts";
import { memoryEngine } from "./memory/memory-engine.ts";
import { redisEngine } from "./redis/redis-engine.ts";

/** The settings of every engine. */
export const engineSettings = { ...redisEngine.settings, ...memoryEngine.settings };

export type EngineConfig = ValuesOf<typeof engineSettings>;

/** Makes the engine that the configuration asks for; by default, the one in memory. Throws a ConfigError. */
export function createEngine(config: EngineConfig, parts: EngineParts): Switchboard {
  return redisEngine.create(config, parts) ?? memoryEngine.create(config, parts);
}
