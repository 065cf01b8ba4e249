import { runCommandLine } from "../../server/src/cli/command-line.ts";
import { readServerConfig, type ServerConfig, serverSettings } from "../../server/src/server.ts";

/** The configuration that the program makes of its arguments. Rejects with a ConfigError. */
export async function readFlags(...argv: readonly string[]): Promise<ServerConfig> {
  const { promise, resolve } = Promise.withResolvers<ServerConfig>();
  await runCommandLine(argv, {
    settings: serverSettings,
    serve: async (version, given) => resolve(readServerConfig(version, given)),
  });
  return promise;
}
