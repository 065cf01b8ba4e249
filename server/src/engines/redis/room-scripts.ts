import type { RoomName } from "../../switchboard/names.ts";
import type { SwitchboardLimits } from "../../switchboard/switchboard.ts";
import type { Argument } from "./redis-connection.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import type { RedisScript } from "./redis-script.ts";
import { packArgument } from "./script-arguments.ts";

/** What an entry of a mailbox costs beside its payload; `overhead` in `scripts/session.lua`. */
const entryOverheadBytes = 64;

/** What every script of a room takes. */
interface SharedArguments {
  readonly limits: Argument;
  readonly me: Argument;
  readonly channels: Argument;
}

/** Runs the scripts of a room, with the arguments that all of them share. */
export class RoomScripts {
  readonly #keys: RedisKeys;
  readonly #limits: SwitchboardLimits;
  readonly #offsetMs: () => number;
  readonly #nodeId: () => string;
  #packedOffsetMs = 0;
  #packedLimits: Buffer;

  constructor(keys: RedisKeys, limits: SwitchboardLimits, offsetMs: () => number, nodeId: () => string) {
    this.#keys = keys;
    this.#limits = limits;
    this.#offsetMs = offsetMs;
    this.#nodeId = nodeId;
    this.#packedLimits = packLimits(0, limits);
  }

  async run<Name extends string>(
    link: RedisLink,
    script: RedisScript<Name | keyof SharedArguments>,
    room: RoomName,
    args: Readonly<Record<Exclude<Name, keyof SharedArguments>, Argument>>,
    more?: readonly Argument[],
  ): Promise<readonly unknown[]> {
    const shared: SharedArguments = {
      limits: this.#limitsAt(this.#offsetMs()),
      me: this.#nodeId(),
      channels: this.#keys.channels,
    };
    const all = { ...shared, ...args } as Readonly<Record<Name | keyof SharedArguments, Argument>>;
    const reply = await link.run(script, [this.#keys.room(room)], all, more);
    return Array.isArray(reply) ? reply : [reply];
  }

  /** The numbers with which every script begins. But for the clock's offset, which is for tests, they never change. */
  #limitsAt(offsetMs: number): Buffer {
    if (offsetMs !== this.#packedOffsetMs) {
      this.#packedOffsetMs = offsetMs;
      this.#packedLimits = packLimits(offsetMs, this.#limits);
    }
    return this.#packedLimits;
  }
}

function packLimits(offsetMs: number, limits: SwitchboardLimits): Buffer {
  return packArgument("limits", {
    offsetMs,
    maxSignals: limits.mailboxSignals,
    maxBytes: limits.mailboxBytes,
    windowMs: limits.resumeWindowMs,
    shareBytes: Math.max(limits.signalBytes + entryOverheadBytes, limits.mailboxBytes / 4),
    updatesPerSecond: limits.updatesPerSecond,
    maxMetadata: limits.roomMetadataBytes,
  });
}
