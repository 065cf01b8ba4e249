import type { SettingTable, ValuesOf } from "../config/setting.ts";
import type { Switchboard, SwitchboardLimits } from "../switchboard/switchboard.ts";
import type { Observer } from "../telemetry/observer.ts";
import type { Clock } from "../time/clock.ts";
import type { Timers } from "../time/timers.ts";

/** What every engine is made of beside its own settings. */
export interface EngineParts {
  readonly limits: SwitchboardLimits;
  /** The name of this node, for people. */
  readonly node: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly observer: Observer;
  /** Takes what goes wrong beside a call, for the log. */
  onError(error: unknown, message: string): void;
}

/** One way to store rooms and sessions. */
export interface Engine<Settings extends SettingTable> {
  /** Its own settings. What a contradiction among them refuses is part of the table: see `combination`. */
  readonly settings: Settings;
  /**
   * Makes the engine; returns undefined if the settings do not ask for it. Throws a ConfigError if a file that they name
   * cannot be used.
   */
  create(values: ValuesOf<Settings>, parts: EngineParts): Switchboard | undefined;
}
