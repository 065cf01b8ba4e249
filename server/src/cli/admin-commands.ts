import process from "node:process";
import { type Command, Option } from "commander";
import { ConfigError } from "../config/setting.ts";

interface AdminFlags {
  readonly adminUrl: string;
  readonly adminToken?: string;
}

/** `parley revoke`, `parley kick` and `parley close`: what `AdminService` does, from a shell. */
export function adminCommands(program: Command): Command[] {
  const revoke = program
    .command("revoke")
    .description("Revoke access tokens: their sessions end on all nodes.")
    .addOption(
      new Option("--sub <text>", "all tokens of this sub that have been issued so far").conflicts("jti"),
    )
    .addOption(new Option("--jti <text>", "the token with this jti"))
    .addOption(
      new Option(
        "--keep <seconds>",
        "how long to keep the revocation; by default as long as a token may be valid",
      ),
    )
    .action(async (flags: AdminFlags & { sub?: string; jti?: string; keep?: string }) => {
      const { sub, jti, keep } = flags;
      if (sub === undefined && jti === undefined)
        throw new ConfigError("--sub or --jti names what to revoke");
      await ask(flags, "Revoke", { sub, jti, ...(keep === undefined ? {} : { keep: `${keep}s` }) });
      print("revoked");
    });
  const kick = program
    .command("kick")
    .description("End the session of one peer.")
    .argument("<room>")
    .argument("<peer>")
    .action(async (room: string, peerId: string, flags: AdminFlags) =>
      print(endedWords(await ask(flags, "RemovePeer", { room, peerId }))),
    );
  const close = program
    .command("close")
    .description("End all sessions of a room.")
    .argument("<room>")
    .action(async (room: string, flags: AdminFlags) =>
      print(endedWords(await ask(flags, "CloseRoom", { room }))),
    );
  return [revoke, kick, close].map((command) =>
    command
      .addOption(
        new Option("--admin-url <url>", "address of a node's --admin-port")
          .env("PARLEY_ADMIN_URL")
          .makeOptionMandatory(),
      )
      .addOption(
        new Option("--admin-token <token>", "access token that grants admin").env("PARLEY_ADMIN_TOKEN"),
      ),
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function endedWords({ sessions = 0 }: { readonly sessions?: number }): string {
  return sessions === 1 ? "1 session ended" : `${sessions} sessions ended`;
}

/** Calls `AdminService` in JSON. Throws a ConfigError with what the service answered. */
async function ask(
  { adminUrl, adminToken }: AdminFlags,
  method: string,
  message: object,
): Promise<{ readonly sessions?: number }> {
  const response = await fetch(`${adminUrl.replace(/\/+$/, "")}/parley.v1.AdminService/${method}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` }),
    },
    body: JSON.stringify(message),
  }).catch((error: unknown) => {
    throw new ConfigError(`${adminUrl} cannot be reached: ${causeOf(error)}`, { cause: error });
  });
  const answer = (await response.json().catch(() => ({}))) as { sessions?: number; message?: string };
  if (response.ok) return answer;
  throw new ConfigError(answer.message ?? `${adminUrl} answers with status ${response.status}`);
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
