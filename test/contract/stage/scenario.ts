import { describe, expect, test } from "vitest";
import { type Way, ways } from "../ways/index.ts";
import { Stage } from "./stage.ts";

export interface ScenarioOptions {
  /** Flags of the server's command line. */
  readonly flags?: readonly string[];
  /** Which ways it can be played on. Every one if it is absent. */
  readonly on?: (way: Way) => boolean;
}

/** What every actor hears, by name. */
export type Transcripts = Readonly<Record<string, readonly string[]>>;

/** One scenario over every way in: what is heard must be the same on all. */
export function scenario(
  name: string,
  play: (stage: Stage) => Promise<void>,
  transcripts: Transcripts,
  { flags = [], on = () => true }: ScenarioOptions = {},
): void {
  describe(name, () => {
    test.each(ways.filter(on))("$name", async (way) => {
      await using stage = await Stage.start(way, flags);
      await play(stage);
      expect(stage.transcripts()).toEqual(transcripts);
    });
  });
}

/** The ways that hold a session by `Receive` and `SendSignals`. */
export const inHalves = ({ form }: Way): boolean => form === "halves";

/** The ways that can end a stream of `Receive` after its first batch. */
export const polls = (way: Way): boolean => inHalves(way) && way.polls !== false;

/** The ways that hold a session by `Signal`. */
export const inOneStream = ({ form }: Way): boolean => form === "signal";

/** The ways on which a client can end its own side of a stream alone. */
export const halfCloses = (way: Way): boolean => inOneStream(way) && way.halfCloses !== false;
