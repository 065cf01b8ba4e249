import type { CommandParser } from "redis";

/** The key by which the client of a cluster finds the shard of a command. It asks a parser for it. */
export class RoutingKey implements CommandParser {
  readonly firstKey: string;
  readonly preserve = undefined;
  readonly commandIdentifier = { command: "", subcommand: undefined };

  constructor(key: string) {
    this.firstKey = key;
  }

  get keys(): string[] {
    return [this.firstKey];
  }

  /** The command itself is not made by this parser. */
  get redisArgs(): string[] {
    return [];
  }

  push(): void {}
  pushVariadic(): void {}
  pushVariadicWithLength(): void {}
  pushVariadicNumber(): void {}
  pushKey(): void {}
  pushKeys(): void {}
  pushKeysLength(): void {}
}
