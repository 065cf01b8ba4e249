import { readFileSync } from "node:fs";
import process from "node:process";
import { type Command, Option } from "commander";
import { grantNames } from "../admission/access.ts";
import { type IcePolicyName, icePolicyNames } from "../admission/ice-policy.ts";
import { ConfigError } from "../config/setting.ts";
import {
  type AccessTokenOptions,
  createAccessToken,
  type Duplicates,
  type Grant,
  type SigningKey,
} from "../token.ts";

interface TokenFlags {
  readonly key?: string;
  readonly secret?: string;
  readonly issuer: string;
  readonly audience: string;
  readonly sub: string;
  readonly room: readonly string[];
  readonly for: string;
  readonly peerId?: string;
  readonly grant?: readonly Grant[];
  readonly trusted?: readonly string[];
  readonly roomPeers?: string;
  readonly duplicates?: Duplicates;
  readonly icePolicy?: readonly IcePolicyName[];
  readonly kid?: string;
}

/** `parley token`: prints an access token. */
export function tokenCommand(program: Command): Command {
  return program
    .command("token")
    .description("Print an access token. docs/access.md describes its claims.")
    .addOption(new Option("--key <file>", "private key (PEM: Ed25519, P-256 or RSA) that signs the token"))
    .addOption(
      new Option("--secret <text>", "secret of at least 32 bytes that signs the token (HS256)").env(
        "PARLEY_TOKEN_SECRET",
      ),
    )
    .addOption(required("--issuer <text>", "the service's --token-issuer").env("PARLEY_TOKEN_ISSUER"))
    .addOption(required("--audience <text>", "the service's --token-audience").env("PARLEY_TOKEN_AUDIENCE"))
    .addOption(required("--sub <text>", "identity of the holder"))
    .addOption(
      required(
        "--room <names...>",
        "rooms that the holder may join; team-* means every room whose name begins with team-",
      ),
    )
    .addOption(new Option("--for <seconds>", "how long the token is valid").default("3600"))
    .addOption(new Option("--peer-id <name>", "name of the peer; derived from --sub if absent"))
    .addOption(new Option("--grant <grants...>", "what the token permits").choices(grantNames))
    .addOption(new Option("--trusted <pairs...>", "trusted facts that the other peers see, such as name=Ada"))
    .addOption(
      new Option(
        "--room-peers <number>",
        "size of the room for this peer: the join is refused if the room already has this many peers",
      ),
    )
    .addOption(
      new Option("--duplicates <policy>", "what to do if the same sub is already connected").choices([
        ...["reject", "replace", "many"],
      ]),
    )
    .addOption(
      new Option("--ice-policy <names...>", "what the ICE candidates of the peer must be").choices(
        icePolicyNames,
      ),
    )
    .addOption(new Option("--kid <name>", "name of the key"))
    .action(async (flags: TokenFlags) => {
      process.stdout.write(`${await tokenOf(flags)}\n`);
    });
}

function required(flags: string, description: string): Option {
  return new Option(flags, description).makeOptionMandatory();
}

async function tokenOf(flags: TokenFlags): Promise<string> {
  const { issuer, audience, sub, room, peerId, grant, trusted, roomPeers, duplicates, icePolicy, kid } =
    flags;
  const optional = {
    ...{ peerId, grants: grant, duplicates, icePolicy, kid },
    trusted: trusted && Object.fromEntries(trusted.map(pairOf)),
    roomPeers: roomPeers === undefined ? undefined : Number(roomPeers),
  };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  const said = { issuer, audience, subject: sub, rooms: room, seconds: secondsOf(flags.for) };
  try {
    return await createAccessToken({ ...keyOf(flags), ...said, ...given } as AccessTokenOptions);
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function keyOf({ key, secret }: TokenFlags): SigningKey {
  if (key !== undefined) return { privateKey: readFileSync(key, "utf8") };
  if (secret !== undefined) return { secret: secret.split(",")[0] ?? "" };
  throw new TypeError("--key or --secret must sign the token");
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new ConfigError(`--for must be a whole number of seconds from 1, not ${JSON.stringify(text)}`);
}

function pairOf(pair: string): [string, string] {
  const at = pair.indexOf("=");
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw new ConfigError(`--trusted must be pairs such as name=Ada, not ${JSON.stringify(pair)}`);
}
