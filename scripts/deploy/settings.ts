import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { serveOptions } from "../../server/src/config.ts";
import { serveHealth } from "../../server/src/ops/health.ts";

const options = new Map(serveOptions().map((option) => [option.envVar ?? "", option]));

/** Whether the server has a setting of this variable. */
export function isSetting(variable: string): boolean {
  return options.has(variable);
}

/** What is wrong with variables that a node is to be given: names that it does not know, values out of bounds. */
export function* faultsOfVariables(where: string, variables: object): Generator<string> {
  for (const [name, value] of Object.entries(variables)) {
    const option = options.get(name);
    if (option === undefined) yield `${where}: the server has no setting ${name}`;
    else if (typeof value !== "string") yield `${where}: ${name} is to be a string`;
    else if (option.argChoices?.includes(value) === false) yield `${where}: ${name} cannot be ${value}`;
    else {
      try {
        option.parseArg?.(value, undefined);
      } catch (error) {
        yield `${where}: ${name}=${value}: ${error instanceof Error ? error.message : error}`;
      }
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
  return Number(drain ?? options.get("PARLEY_DRAIN")?.defaultValue) + 4;
}
