import { optionalText, percent } from "../../config/formats.ts";
import { type KeyFiles, keyFiles } from "../../config/key-files.ts";
import { readAuthorities, readPair, usable } from "../../config/pem-files.ts";
import { ConfigError, combination, Setting } from "../../config/setting.ts";
import type { Engine } from "../engine.ts";
import { RedisSwitchboard } from "./redis-switchboard.ts";
import { type RedisTls, secureContextOf } from "./redis-tls.ts";
import { parseRedisUrl } from "./redis-url.ts";

/** The values of the settings. */
export interface RedisConfig {
  /** Undefined if another engine serves. */
  readonly url: string | undefined;
  readonly memoryShare: number;
  readonly caFile: string | undefined;
  /** What this node shows a Redis that asks its clients for certificates. */
  readonly client: KeyFiles | undefined;
}

const url = new Setting<string | undefined>(
  "redis-url",
  { default: undefined, about: "share rooms with other nodes through this Redis" },
  {
    placeholder: "<url>",
    bounds: "",
    mask: (url) => url?.replace(/\/\/.*@/, "//***@"),
    read: (text) => {
      parseRedisUrl(text);
      return text;
    },
  },
);

const settings = {
  redis: combination(
    {
      url,
      memoryShare: percent("redis-memory", {
        default: 80,
        from: 1,
        to: 100,
        about: "percentage of the maxmemory of Redis at which joins are refused",
      }),
      caFile: optionalText(
        "redis-ca",
        "file",
        "certificate authorities (PEM) to trust for Redis, instead of the public ones",
      ),
      client: keyFiles(
        optionalText("redis-cert", "file", "certificate chain (PEM) of this node, if Redis requires one"),
        optionalText("redis-key", "file", "private key (PEM) of that certificate"),
      ),
    },
    withTlsOnly,
  ),
};

/** Rooms and sessions in Redis, for several nodes. */
export const redisEngine = {
  settings,
  create({ redis }, { limits, node, clock, observer, onError }) {
    const { url, memoryShare } = redis;
    if (url === undefined) return undefined;
    return new RedisSwitchboard(limits, {
      url,
      tls: readTls(redis),
      node,
      clock,
      memoryShare,
      observer,
      onError: (error) => onError(error, "Redis error"),
    });
  },
} satisfies Engine<typeof settings>;

function withTlsOnly(config: RedisConfig): RedisConfig {
  const { url, caFile, client } = config;
  if ((caFile === undefined && client === undefined) || url?.startsWith("rediss")) return config;
  throw new ConfigError(
    "--redis-ca, --redis-cert and --redis-key are for a --redis-url with TLS, which begins with rediss",
  );
}

/** Reads what TLS with Redis is made of. Throws a ConfigError that names the flag. */
function readTls({ caFile, client }: RedisConfig): RedisTls | undefined {
  if (caFile === undefined && client === undefined) return undefined;
  const ca = caFile === undefined ? {} : { ca: readAuthorities("--redis-ca", caFile) };
  if (client === undefined) return ca;
  const pair = readPair("--redis-cert", "--redis-key", client);
  usable("--redis-cert and --redis-key", () => secureContextOf({ client: pair }));
  return { ...ca, client: pair };
}
