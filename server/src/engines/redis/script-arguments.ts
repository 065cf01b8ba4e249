import type { Argument } from "./redis-connection.ts";

/** What every script of a room is called with first. `me` is the calling node, `channels` the prefix of the channels. */
const everyRoomScript = ["limits", "me", "channels"] as const;

/**
 * The arguments of each script of a room, in their order. The script finds each under its name, as a local variable, so
 * that the order stands nowhere else.
 */
export const roomArguments = {
  abandon: [...everyRoomScript, "sessionId", "peer", "epoch"],
  /** `untilMs`: when its sessions expire, or 0 for a whole window. */
  orphan: [...everyRoomScript, "deadNode", "untilMs"],
  census: everyRoomScript,
  /** `cursor` is the newest entry handed out. */
  detach: [...everyRoomScript, "sessionId", "peer", "epoch", "ack", "cursor", "wentMs"],
  /** `after` is the entry after which to begin, `count` how many are enough. */
  fetch: [...everyRoomScript, "sessionId", "peer", "after", "count"],
  join: [
    ...everyRoomScript,
    ...(["sessionId", "peer", "metadata", "metadataBytes"] as const),
    // Hashes: of the nonces, or empty; of the secret; of the join as a whole.
    ...(["nonce", "formerNonce", "secret", "join"] as const),
    // What happens if a connected peer holds the name; the version of the roster that the node knows, or 0.
    ...(["policy", "attempt", "knownVersion"] as const),
    // Of the access token, or empty; and how many peers the room may have.
    ...(["owner", "trusted", "mostPeers"] as const),
  ],
  reap: everyRoomScript,
  /** `peer` is empty for all; `ending` is one of `endings`. */
  remove: [...everyRoomScript, "peer", "ending"],
  report: [...everyRoomScript, "sessionId", "peer", "epoch", "ack", "cursor"],
  /** `lastSeq` is the newest entry that the client has processed, `acked` its newest number that it knows accepted. */
  resume: [...everyRoomScript, "sessionId", "peer", "secret", "lastSeq", "acked", "attempt", "knownVersion"],
  roster: everyRoomScript,
  /** `secret` is empty for a seat, `call` if every signal is numbered. Three for each submission follow. */
  submit: [...everyRoomScript, "sessionId", "peer", "secret", "state", "call"],
} as const;

/** The arguments of the scripts over the nodes, likewise. `offsetMs` is that of the clock: 0 but in tests. */
export const nodeArguments = {
  lapse: ["offsetMs"],
  claim: ["offsetMs", "count", "everyMs"],
  due: ["offsetMs", "count"],
  expect: ["room", "dueMs"],
  /** `isNew` is 1 for a node that enters. */
  lease: ["offsetMs", "node", "lengthMs", "isNew"],
  note: ["offsetMs", "room", "everyMs"],
  retire: ["offsetMs", "room", "notedMs", "everyMs"],
  revocations: ["known"],
  revoke: ["offsetMs", "name", "revokedMs", "untilMs"],
  /** `nextMs` is 0 if the room is not to be looked at. */
  schedule: ["room", "notedMs", "nextMs"],
  "token-keys": ["keys"],
} as const;

/** Arguments that hold several numbers, each of which is a local variable of its own. */
export const packedArguments = {
  limits: {
    format: "d",
    names: [
      ...(["offsetMs", "maxSignals", "maxBytes", "windowMs", "shareBytes"] as const),
      ...(["updatesPerSecond", "maxMetadata"] as const),
    ],
  },
  /** `handed` is the newest entry that the seat of `handedEpoch` on this node has handed out. */
  state: { format: "I4", names: ["epoch", "ack", "handed", "handedEpoch", "known", "final"] },
} as const;

type Packed = typeof packedArguments;

/** Packs the numbers of one argument. */
export function packArgument<K extends keyof Packed>(
  argument: K,
  numbers: Readonly<Record<Packed[K]["names"][number], number>>,
): Buffer {
  const { format, names }: { format: "d" | "I4"; names: readonly (keyof typeof numbers)[] } =
    packedArguments[argument];
  const size = format === "d" ? 8 : 4;
  const packed = Buffer.allocUnsafe(names.length * size);
  for (const [i, name] of names.entries()) {
    if (format === "d") packed.writeDoubleBE(numbers[name], i * size);
    else packed.writeUInt32BE(numbers[name], i * size);
  }
  return packed;
}

/** The values of a call in the order of the script. */
export function orderArguments<N extends string>(
  names: readonly N[],
  values: Readonly<Record<N, Argument>>,
): Argument[] {
  return names.map((name) => values[name]);
}

/** Lua that makes a local variable of each of these arguments, of which the first is the one of this index. */
export function luaLocals(names: readonly string[], first: number): string {
  return names
    .map((name, i) => {
      const argument = `ARGV[${first + i}]`;
      const packed = Object.hasOwn(packedArguments, name) && packedArguments[name as keyof Packed];
      if (!packed) return `local ${name} = ${argument}`;
      const format = packed.format.repeat(packed.names.length);
      return `local ${packed.names.join(", ")} = struct.unpack('>${format}', ${argument})`;
    })
    .join("\n");
}

/** How many of the arguments of a room's script all of them have. */
export const sharedArguments = everyRoomScript.length;
