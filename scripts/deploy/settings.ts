import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { type Setting, settingsIn } from "../../server/src/config/setting.ts";
import { settings } from "../../server/src/config/settings.ts";
import { serveHealth } from "../../server/src/ops/health.ts";

const byVariable = new Map(
  [...settingsIn(settings)].map((setting): [string, Setting<unknown>] => [setting.variable, setting]),
);

/** Whether the server has a setting of this variable. */
export function isSetting(variable: string): boolean {
  return byVariable.has(variable);
}

/** What is wrong with variables that a node is to be given: names that it does not know, values out of bounds. */
export function* faultsOfVariables(where: string, variables: object): Generator<string> {
  for (const [name, value] of Object.entries(variables)) {
    const setting = byVariable.get(name);
    if (setting === undefined) yield `${where}: the server has no setting ${name}`;
    else if (typeof value !== "string") yield `${where}: ${name} is to be a string`;
    else if (setting.format.read(value) === undefined) {
      yield `${where}: ${name}=${value}: must be ${setting.format.bounds}`;
    }
  }
}

/** Whether the server has a health check at this path. */
export function isHealthPath(url: string): boolean {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  return serveHealth({ url }, response, async () => ({ live: true, ready: true, message: "" }));
}

/**
 * How long a node takes to stop at most, in seconds, with this PARLEY_DRAIN. After it there is one second for the
 * connections to close, and up to three until Redis knows of the streams that have ended.
 */
export function stopSeconds(drain: string | undefined): number {
  return (drain === undefined ? settings.drainMs.default / 1000 : Number(drain)) + 4;
}
