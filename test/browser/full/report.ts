import { spawnSync } from "node:child_process";
import { findProgram } from "../../../scripts/programs.ts";
import type { Order } from "../orders.ts";
import type { SetUpTimes } from "./set-up-times.ts";
import type { Outcome } from "./trial.ts";

/** The calls of one scenario in one order of browsers. */
export interface Row {
  readonly scenario: string;
  readonly untouched: boolean;
  readonly order: Order;
  readonly outcomes: readonly Outcome[];
}

/** docs/browsers.md. */
export function browsersPage(rows: readonly Row[], setUp: readonly SetUpTimes[], browsers: string): string {
  const lines = rows.map(({ scenario, untouched, order, outcomes }) => {
    const frozen = count(outcomes, "frozen");
    const stuck = count(outcomes, "stuck");
    const failed = outcomes.filter(({ faults }) => faults.length > 0).length;
    const gap = untouched ? `${Math.round(Math.max(...outcomes.map(({ gapMs }) => gapMs)))} ms` : "–";
    const rebuilt = outcomes.filter(({ rebuilds }) => rebuilds > 0).length;
    const cells = [scenario, order.join(" → "), outcomes.length, failed, frozen, stuck, gap, rebuilt];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "<!-- Written by `npm run full`. -->",
    "# Browsers",
    `Calls between ${browsers}, headless on Linux, in all four orders of who joined first. Safari is not tested.`,
    "Each call has a data channel and sends a picture both ways. *Frozen*: a picture did not go on. *Stuck*: the link was not connected. *Longest gap*: the longest time without a new frame, where the network was not touched; more than 1.5 s counts as failed. *Rebuilt*: the connection was replaced by the link itself.",
    [
      "| what happens | order | calls | failed | frozen | stuck | longest gap | rebuilt |",
      "|---|---|---|---|---|---|---|---|",
      ...lines,
    ].join("\n"),
    "## Time to connect",
    "On loopback, one call after another: medians. *Frames*: from `joinRoom` of the second side to the first frame that it shows. *Data alone*: from the beginning of a link to its open channel, if this side begins it and the other only takes it.",
    [
      "| order | calls | frames | data alone, first side | data alone, second side |",
      "|---|---|---|---|---|",
      ...setUp.map(
        ({ order, calls, framesMs, firstBeginsMs, secondBeginsMs }) =>
          `| ${order.join(" → ")} | ${calls} | ${framesMs} ms | ${firstBeginsMs} ms | ${secondBeginsMs} ms |`,
      ),
    ].join("\n"),
    "`npm test` drives each order once; `npm run full` repeats it as often as the table shows, and takes hours.",
    "",
  ].join("\n\n");
}

function count(outcomes: readonly Outcome[], fault: string): number {
  return outcomes.filter(({ faults }) => faults.some((each) => each.startsWith(fault))).length;
}

/** The browsers of this machine, with their versions. */
export function browserVersions(): string {
  return `${versionOf("chromium")} and ${versionOf("firefox")}`;
}

function versionOf(program: string): string {
  const { stdout } = spawnSync(findProgram(program) ?? program, ["--version"], { encoding: "utf8" });
  return stdout
    .trim()
    .replace(/^Mozilla /, "")
    .replace(/ built on.*$/, "");
}
