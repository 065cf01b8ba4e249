import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { ConfigError, type Setting, settingsIn } from "../../server/src/config/setting.ts";
import { serveHealth } from "../../server/src/ops/health.ts";
import { serverSettings } from "../../server/src/server.ts";

const byVariable = new Map(
  [...settingsIn(serverSettings)].map((setting): [string, Setting<unknown>] => [setting.variable, setting]),
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
    else {
      const fault = faultOf(setting, value);
      if (fault !== undefined) yield `${where}: ${fault}`;
    }
  }
}

function faultOf(setting: Setting<unknown>, text: string): string | undefined {
  try {
    setting.valueOf({ by: setting.variable, text });
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
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
  return (drain === undefined ? serverSettings.drainMs.default / 1000 : Number(drain)) + 4;
}
