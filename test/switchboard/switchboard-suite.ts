import { afterEach, describe } from "vitest";
import { attemptsSuite } from "./attempts-suite.ts";
import type { Bench, Engine, Open } from "./bench.ts";
import { boundsSuite } from "./bounds-suite.ts";
import { directorySuite } from "./directory-suite.ts";
import { endingSuite } from "./ending-suite.ts";
import { heldBatchesSuite } from "./held-batches-suite.ts";
import { hiddenSuite } from "./hidden-suite.ts";
import { joiningSuite } from "./joining-suite.ts";
import { lobbyCountingSuite } from "./lobby-counting-suite.ts";
import { namesSuite } from "./names-suite.ts";
import { observingSuite } from "./observing-suite.ts";
import { ownershipSuite } from "./ownership-suite.ts";
import { rejectingSuite } from "./rejecting-suite.ts";
import { relayingSuite } from "./relaying-suite.ts";
import { repeatedJoinsSuite } from "./repeated-joins-suite.ts";
import { resumingSuite } from "./resuming-suite.ts";
import { rosterVersionSuite } from "./roster-version-suite.ts";
import { sessionTokensSuite } from "./session-tokens-suite.ts";
import { submittingSuite } from "./submitting-suite.ts";
import { updatingSuite } from "./updating-suite.ts";

/** What every engine promises: the same words for all of them. */
export function switchboardSuite(engine: Engine): void {
  describe(engine.name, () => {
    const opened: Bench[] = [];
    const open: Open = async (limits, observer) => {
      const bench = await engine.open(limits, observer);
      opened.push(bench);
      return bench;
    };
    afterEach(async () => {
      for (const bench of opened.splice(0)) await bench.close();
    });

    joiningSuite(open);
    repeatedJoinsSuite(open);
    sessionTokensSuite(open);
    namesSuite(open);
    relayingSuite(open);
    submittingSuite(open);
    resumingSuite(open);
    boundsSuite(open);
    attemptsSuite(open);
    endingSuite(open);
    rejectingSuite(open);
    rosterVersionSuite(open);
    updatingSuite(open);
    ownershipSuite(open);
    heldBatchesSuite(open);
    observingSuite(open);
    lobbyCountingSuite(open);
    hiddenSuite(open);
    directorySuite(open);
  });
}
