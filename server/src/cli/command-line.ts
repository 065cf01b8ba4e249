import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { type Config, readConfig } from "../config/config.ts";
import { ConfigError } from "../config/setting.ts";
import { adminCommands } from "./admin-commands.ts";
import { givenTexts, serveOptions } from "./serve-options.ts";
import { tokenCommand } from "./token-command.ts";

/**
 * Runs the command line `argv` (without the runtime and the script). `serve` is called with its configuration. Throws
 * a ConfigError if a flag or a variable is wrong.
 */
export async function runCommandLine(
  argv: readonly string[],
  serve: (config: Config) => Promise<void>,
): Promise<void> {
  const version = readVersion();
  const program = new Command("parley")
    .description(
      "A WebRTC signaling service with a typed contract: gRPC, gRPC-Web, Connect, HTTP + JSON, WebSocket.",
    )
    .version(version);
  const command = program.command("serve", { isDefault: true }).description("Serve until SIGINT or SIGTERM.");
  for (const option of serveOptions()) command.addOption(option);
  command.action(async () => serve(readConfig(version, givenTexts(command))));
  for (const each of [program, command, tokenCommand(program), ...adminCommands(program)]) {
    // Commander would print the error itself, and end the process.
    each.exitOverride().configureOutput({ outputError: () => {} });
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new ConfigError(error.message.replace(/^error: /, ""), { cause: error });
  }
}

/** Reads `package.json` of the server for its version. */
function readVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
