import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { type MqttConfig, readMqttConfig } from "../config/mqtt-config.ts";
import { mqttSettings } from "../config/mqtt-settings.ts";
import { ConfigError, type Given, type SettingTable } from "../config/setting.ts";
import { adminCommands } from "./admin-commands.ts";
import { givenTexts, optionsOf } from "./setting-options.ts";
import { tokenCommand } from "./token-command.ts";

/** What `parley serve` does. */
export interface ServeCommand {
  /** What can be set: its options. */
  readonly settings: SettingTable;
  /** Serves, with the settings that are given. Throws a ConfigError if one of them is wrong. */
  serve(version: string, given: Given): Promise<void>;
}

/**
 * Runs the command line `argv` (without the runtime and the script). Throws a ConfigError if a flag or a variable is
 * wrong.
 *
 * @param mqtt runs the bridge with its configuration.
 */
export async function runCommandLine(
  argv: readonly string[],
  { settings, serve }: ServeCommand,
  mqtt: (config: MqttConfig) => Promise<void> = async () => {},
): Promise<void> {
  const version = readVersion();
  const program = new Command("parley")
    .description(
      "A WebRTC signaling service with a typed contract: gRPC, gRPC-Web, Connect, WebSocket, REST, TCP.",
    )
    .version(version);
  const command = program.command("serve", { isDefault: true }).description("Serve until SIGINT or SIGTERM.");
  for (const option of optionsOf(settings)) command.addOption(option);
  command.action(async () => serve(version, givenTexts(command)));
  const bridge = program
    .command("mqtt")
    .description(
      "Bridge devices at an MQTT broker to the service, each as a peer. docs/transports.md describes the topics.",
    );
  for (const option of optionsOf(mqttSettings)) bridge.addOption(option);
  bridge.action(async () => mqtt(readMqttConfig(givenTexts(bridge))));
  for (const each of [program, command, bridge, tokenCommand(program), ...adminCommands(program)]) {
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
