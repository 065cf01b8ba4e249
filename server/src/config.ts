import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { hostname } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import type { NetLimits } from "./net/connection-table.ts";
import { cgroupMemoryLimit } from "./net/memory-watchdog.ts";
import { connectionsFor, openFilesLimit } from "./net/open-files.ts";
import { TrustedProxies } from "./net/trusted-proxies.ts";
import { parseRedisUrl } from "./switchboard/redis/redis-url.ts";
import { isLoopbackName, readAuthority } from "./wire/authority.ts";
import { normalOrigin } from "./wire/origin.ts";

/** Everything that can be set, validated. Read from flags and `PARLEY_*` once, here, and nowhere else. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Serve everybody who can reach the address, without authentication. */
  readonly open: boolean;
  readonly node: string;
  readonly version: string;
  /** Origins whose pages may call, beside the service's own; `*` is any. */
  readonly corsOrigins: readonly string[];
  /** Host names under which browsers may reach the service, beside loopback names; `*` is any. */
  readonly hosts: readonly string[];
  readonly stunUrls: readonly string[];
  readonly heartbeatMs: number;
  readonly resumeWindowMs: number;
  readonly firstMessageMs: number;
  readonly slowReaderMs: number;
  readonly seqGapMs: number;
  readonly drainMs: number;
  /** How long load balancers take to notice that this node stops. */
  readonly drainDelayMs: number;
  readonly roomPeers: number;
  readonly roomMetadataBytes: number;
  readonly metadataBytes: number;
  readonly updatesPerSecond: number;
  readonly nodePeers: number;
  readonly mailboxSignals: number;
  readonly mailboxBytes: number;
  readonly signalBytes: number;
  readonly messageBytes: number;
  /** What is taken of a client before it has shown a session token. */
  readonly firstMessageBytes: number;
  readonly batchSignals: number;
  readonly streams: number;
  readonly healthWatchers: number;
  readonly duplicatePeerId: "reject" | "replace";
  readonly limits: NetLimits;
  readonly http1IdleMs: number;
  readonly http2IdleMs: number;
  /** From which resident memory on no session begins, in bytes; infinite if nothing limits it. */
  readonly memoryBytes: number;
  readonly redisUrl: string | undefined;
  /** The share of the memory of Redis at which joins stop: 0 to 1. */
  readonly redisMemoryShare: number;
  /** Who may sign the certificates of Redis, instead of the public authorities. */
  readonly redisCaFile: string | undefined;
  /** Who this node is, for a Redis that asks its clients for certificates. */
  readonly redisClient: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** Whether the demo page is served: never, always, or under loopback names only. */
  readonly page: boolean | "loopback";
  /** Let tools such as grpcurl read the contract from the server. */
  readonly reflection: boolean;
  readonly logLevel: string;
}

/** A setting is wrong, or two do not go together. The message is for the person who starts the server. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads `package.json` of the server for its version. */
function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}

/**
 * Runs the command line `argv` (without the runtime and the script). `serve` is called with what it says.
 * Commander reads the environment itself, by the names given here.
 */
export async function runCommandLine(
  argv: readonly string[],
  serve: (config: Config) => Promise<void>,
): Promise<void> {
  const version = readVersion();
  const program = new Command("parley")
    .description("A WebRTC signaling service with a typed contract: gRPC, gRPC-Web, Connect, HTTP + JSON.")
    .version(version);
  const command = program.command("serve", { isDefault: true }).description("Serve until SIGINT or SIGTERM.");
  for (const option of serveOptions()) command.addOption(option);
  command.action(async (values: Options) => serve(toConfig(values, version)));
  await program.parseAsync([...argv], { from: "user" });
}

interface Options {
  host: string;
  port: number;
  open: boolean;
  node: string;
  corsOrigin: string[];
  hosts: string[];
  stunUrl: string[];
  heartbeat: number;
  resumeWindow: number;
  firstMessage: number;
  seqGap: number;
  drain: number;
  slowReader: number;
  drainDelay: number;
  roomPeers: number;
  roomMetadataBytes: number;
  metadataBytes: number;
  updatesPerSecond: number;
  nodePeers: number;
  mailboxSignals: number;
  mailboxBytes: number;
  signalBytes: number;
  messageBytes: number;
  firstMessageBytes: number;
  batchSignals: number;
  streams: number;
  healthWatchers: number;
  duplicatePeerId: "reject" | "replace";
  trustedProxies: string[];
  limitLoopback: boolean;
  connections: number;
  addressConnections: number;
  addressSessions: number;
  addressJoins: number;
  addressJoinRate: number;
  addressHandshakes: number;
  addressHandshakeRate: number;
  unproven: number;
  unprovenStreams: number;
  heldStreams: number;
  http1Idle: number;
  http2Idle: number;
  writeStall: number;
  writeSlow: number;
  writeRate: number;
  unsentConnectionBytes: number;
  unsentNodeBytes: number;
  memoryBytes: number;
  redisUrl?: string;
  redisMemory: number;
  redisCa?: string;
  redisCert?: string;
  redisKey?: string;
  tlsCert?: string;
  tlsKey?: string;
  page?: boolean;
  reflection: boolean;
  logLevel: string;
}

/** The settings of `serve`: their flags, their variables, their defaults and bounds. */
export function serveOptions(): Option[] {
  return [
    option("--host <address>", "HOST", "address to listen on").default("127.0.0.1"),
    option("--port <number>", "PORT", "port to listen on; 0 takes a free one")
      .default(8080)
      .argParser(integer(0, 65535)),
    option("--open [boolean]", "OPEN", "serve without authentication beyond loopback")
      .default(false)
      .preset("true")
      .argParser(flag),
    option("--node <name>", "NODE", "name of this node").default(hostname()),
    option(
      "--cors-origin <origins>",
      "CORS_ORIGIN",
      "origins whose pages may call, beside the service's own; comma-separated; * is any",
    )
      .default([], "none")
      .argParser(origins),
    option(
      "--hosts <names>",
      "HOSTS",
      "host names under which browsers may reach the service, beside loopback names and --host; " +
        "comma-separated; * is any",
    )
      .default([], "none")
      .argParser(hostNames),
    option("--stun-url <urls>", "STUN_URL", "STUN servers for the peers, comma-separated")
      .default([], "none")
      .argParser(list),
    option("--heartbeat <seconds>", "HEARTBEAT", "how often a quiet stream is kept awake")
      .default(15)
      .argParser(seconds(0.1, 300)),
    option("--resume-window <seconds>", "RESUME_WINDOW", "how long a session without a stream is kept")
      .default(30)
      .argParser(seconds(0, 3600)),
    option("--first-message <seconds>", "FIRST_MESSAGE", "how long a stream may take to join")
      .default(10)
      .argParser(seconds(0.1, 300)),
    option(
      "--slow-reader <seconds>",
      "SLOW_READER",
      "how long a stream may be blocked while the mailbox behind it is full",
    )
      .default(2)
      .argParser(seconds(0, 300)),
    option(
      "--seq-gap <seconds>",
      "SEQ_GAP",
      "how long a batch that leaves a gap in the numbers waits for the one that it overtook",
    )
      .default(0.25)
      .argParser(seconds(0, 10)),
    option("--drain <seconds>", "DRAIN", "how long a stopping server waits for its clients to go elsewhere")
      .default(5)
      .argParser(seconds(0, 3600)),
    option(
      "--drain-delay <seconds>",
      "DRAIN_DELAY",
      "how long load balancers take to notice that a server stops; 0 behind a preStop hook that waits",
    )
      .default(2)
      .argParser(seconds(0, 300)),
    option("--room-peers <number>", "ROOM_PEERS", "peers of one room")
      .default(100)
      .argParser(integer(2, 10_000)),
    option("--room-metadata-bytes <bytes>", "ROOM_METADATA_BYTES", "bytes of all metadata in one room")
      .default(256 * 1024)
      .argParser(integer(0, 64 * 1024 * 1024)),
    option("--metadata-bytes <bytes>", "METADATA_BYTES", "bytes of one peer's metadata, keys and values")
      .default(4096)
      .argParser(integer(0, 64 * 1024)),
    option("--updates-per-second <number>", "UPDATES_PER_SECOND", "metadata updates of one peer")
      .default(5)
      .argParser(integer(1, 1000)),
    option("--node-peers <number>", "NODE_PEERS", "peers of this node")
      .default(100_000)
      .argParser(integer(1, 10_000_000)),
    option("--mailbox-signals <number>", "MAILBOX_SIGNALS", "signals that wait for one peer")
      .default(256)
      .argParser(integer(1, 65_536)),
    option("--mailbox-bytes <bytes>", "MAILBOX_BYTES", "bytes that wait for one peer")
      .default(1024 * 1024)
      .argParser(integer(1024, 64 * 1024 * 1024)),
    option("--signal-bytes <bytes>", "SIGNAL_BYTES", "bytes of one signal")
      .default(256 * 1024)
      .argParser(integer(1024, 1024 * 1024)),
    option("--message-bytes <bytes>", "MESSAGE_BYTES", "bytes of one message, such as a batch")
      .default(1024 * 1024)
      .argParser(integer(1024, 4 * 1024 * 1024)),
    option(
      "--first-message-bytes <bytes>",
      "FIRST_MESSAGE_BYTES",
      "bytes of a message that are read, or inflated, before its session token is known",
    )
      .default(16 * 1024)
      .argParser(integer(8192, 1024 * 1024)),
    option("--batch-signals <number>", "BATCH_SIGNALS", "signals of one batch")
      .default(256)
      .argParser(integer(1, 65_536)),
    option("--streams <number>", "STREAMS", "concurrent HTTP/2 streams of one connection")
      .default(1000)
      .argParser(integer(1, 100_000)),
    option("--health-watchers <number>", "HEALTH_WATCHERS", "concurrent Watch streams of grpc.health.v1")
      .default(1000)
      .argParser(integer(0, 1_000_000)),
    option("--duplicate-peer-id <policy>", "DUPLICATE_PEER_ID", "a join under the name of a connected peer")
      .default("reject" as const)
      .choices(["reject", "replace"]),
    option(
      "--trusted-proxies <networks>",
      "TRUSTED_PROXIES",
      "addresses and networks whose X-Forwarded-For and PROXY protocol count, comma-separated",
    )
      .default([], "none")
      .argParser(networks),
    option(
      "--limit-loopback <boolean>",
      "LIMIT_LOOPBACK",
      "whether the limits of an address also hold for loopback addresses",
    )
      .default(false)
      .argParser(flag),
    option(
      "--connections <number>",
      "CONNECTIONS",
      "connections of this node; 0 is what its limit of open files allows",
    )
      .default(0)
      .argParser(integer(0, 10_000_000)),
    option("--address-connections <number>", "ADDRESS_CONNECTIONS", "connections from one address")
      .default(3000)
      .argParser(integer(1, 10_000_000)),
    option("--address-sessions <number>", "ADDRESS_SESSIONS", "sessions with a stream from one address")
      .default(5000)
      .argParser(integer(1, 10_000_000)),
    option("--address-joins <number>", "ADDRESS_JOINS", "joins and resumes from one address at once")
      .default(1000)
      .argParser(integer(1, 10_000_000)),
    option(
      "--address-join-rate <number>",
      "ADDRESS_JOIN_RATE",
      "joins and resumes from one address per second, after that",
    )
      .default(100)
      .argParser(integer(1, 10_000_000)),
    option("--address-handshakes <number>", "ADDRESS_HANDSHAKES", "TLS handshakes from one address at once")
      .default(1000)
      .argParser(integer(1, 10_000_000)),
    option(
      "--address-handshake-rate <number>",
      "ADDRESS_HANDSHAKE_RATE",
      "TLS handshakes from one address per second, after that",
    )
      .default(100)
      .argParser(integer(1, 10_000_000)),
    option(
      "--unproven <seconds>",
      "UNPROVEN",
      "how long a connection stays that never carried a session or a valid token",
    )
      .default(30)
      .argParser(seconds(1, 3600)),
    option("--unproven-streams <number>", "UNPROVEN_STREAMS", "concurrent streams of such a connection")
      .default(4)
      .argParser(integer(1, 100_000)),
    option(
      "--held-streams <number>",
      "HELD_STREAMS",
      "streams of this node that wait until such connections have carried a session",
    )
      .default(4000)
      .argParser(integer(0, 10_000_000)),
    option("--http1-idle <seconds>", "HTTP1_IDLE", "how long an HTTP/1.1 connection stays without a request")
      .default(75)
      .argParser(seconds(1, 3600)),
    option("--http2-idle <seconds>", "HTTP2_IDLE", "how long an HTTP/2 connection stays without a stream")
      .default(300)
      .argParser(seconds(1, 86_400)),
    option(
      "--write-stall <seconds>",
      "WRITE_STALL",
      "how long a client may read nothing of what waits for it",
    )
      .default(10)
      .argParser(seconds(1, 3600)),
    option("--write-slow <seconds>", "WRITE_SLOW", "how long a client may read more slowly than --write-rate")
      .default(60)
      .argParser(seconds(1, 3600)),
    option("--write-rate <bytes>", "WRITE_RATE", "bytes per second that a client reads at least")
      .default(1024)
      .argParser(integer(0, 1024 * 1024)),
    option(
      "--unsent-connection-bytes <bytes>",
      "UNSENT_CONNECTION_BYTES",
      "bytes that wait for the client of one connection",
    )
      .default(8 * 1024 * 1024)
      .argParser(integer(65_536, 2 ** 32)),
    option("--unsent-node-bytes <bytes>", "UNSENT_NODE_BYTES", "bytes that wait for all clients")
      .default(256 * 1024 * 1024)
      .argParser(integer(65_536, 2 ** 40)),
    option(
      "--memory-bytes <bytes>",
      "MEMORY_BYTES",
      "memory from which on no session begins; 0 is 80 % of the limit of the control group",
    )
      .default(0)
      .argParser(integer(0, 2 ** 50)),
    option("--redis-url <url>", "REDIS_URL", "share rooms with other nodes through this Redis"),
    option("--redis-memory <percent>", "REDIS_MEMORY", "percent of Redis' maxmemory at which joins stop")
      .default(80)
      .argParser(integer(1, 100)),
    option(
      "--redis-ca <file>",
      "REDIS_CA",
      "authorities (PEM) that sign the certificates of Redis, instead of the public ones",
    ),
    option(
      "--redis-cert <file>",
      "REDIS_CERT",
      "certificate chain (PEM) of this node, for a Redis that asks for one",
    ),
    option("--redis-key <file>", "REDIS_KEY", "private key (PEM) of that certificate"),
    option("--tls-cert <file>", "TLS_CERT", "certificate chain (PEM)"),
    option("--tls-key <file>", "TLS_KEY", "private key (PEM)"),
    option("--page <boolean>", "PAGE", "serve the demo page under any host name, or not at all")
      .default(undefined, "on loopback only")
      .argParser(flag),
    option("--reflection <boolean>", "REFLECTION", "let gRPC tools read the contract from the server")
      .default(true)
      .argParser(flag),
    option("--log-level <level>", "LOG_LEVEL", "how much to log")
      .default("info")
      .choices(["debug", "info", "warn", "error", "silent"]),
  ];
}

function option(flags: string, variable: string, description: string): Option {
  return new Option(flags, description).env(`PARLEY_${variable}`);
}

function toConfig(values: Options, version: string): Config {
  const tls = pairOf("--tls-cert", values.tlsCert, "--tls-key", values.tlsKey);
  const redisClient = pairOf("--redis-cert", values.redisCert, "--redis-key", values.redisKey);
  const redisTls = values.redisCa !== undefined || redisClient !== undefined;
  if (redisTls && !values.redisUrl?.startsWith("rediss")) {
    throw new ConfigError(
      "--redis-ca, --redis-cert and --redis-key are for a --redis-url with TLS, which begins with rediss",
    );
  }
  if (!values.open && !isLoopbackName(values.host)) {
    throw new ConfigError(
      `${values.host} can be reached by others and there is no authentication: ` +
        "listen on 127.0.0.1, or say --open to serve whoever comes",
    );
  }
  if (values.redisUrl !== undefined) checkRedisUrl(values.redisUrl);
  if (values.messageBytes < values.signalBytes) {
    throw new ConfigError("--message-bytes must be at least --signal-bytes");
  }
  return {
    host: values.host,
    port: values.port,
    open: values.open,
    node: values.node,
    version,
    corsOrigins: values.corsOrigin,
    hosts: values.hosts,
    stunUrls: values.stunUrl,
    heartbeatMs: values.heartbeat * 1000,
    resumeWindowMs: values.resumeWindow * 1000,
    firstMessageMs: values.firstMessage * 1000,
    seqGapMs: values.seqGap * 1000,
    drainMs: values.drain * 1000,
    slowReaderMs: values.slowReader * 1000,
    drainDelayMs: values.drainDelay * 1000,
    roomPeers: values.roomPeers,
    roomMetadataBytes: values.roomMetadataBytes,
    metadataBytes: values.metadataBytes,
    updatesPerSecond: values.updatesPerSecond,
    nodePeers: values.nodePeers,
    mailboxSignals: values.mailboxSignals,
    mailboxBytes: values.mailboxBytes,
    signalBytes: values.signalBytes,
    messageBytes: values.messageBytes,
    firstMessageBytes: values.firstMessageBytes,
    batchSignals: values.batchSignals,
    streams: values.streams,
    healthWatchers: values.healthWatchers,
    duplicatePeerId: values.duplicatePeerId,
    limits: limitsOf(values),
    http1IdleMs: values.http1Idle * 1000,
    http2IdleMs: values.http2Idle * 1000,
    memoryBytes: values.memoryBytes || (cgroupMemoryLimit() ?? Number.POSITIVE_INFINITY) * memoryShare,
    redisUrl: values.redisUrl,
    redisMemoryShare: values.redisMemory / 100,
    redisCaFile: values.redisCa,
    redisClient,
    tls,
    page: values.page ?? (isLoopbackName(values.host) ? "loopback" : false),
    reflection: values.reflection,
    logLevel: values.logLevel,
  };
}

/** How much of the memory limit may be used before no session begins any more. */
const memoryShare = 0.8;

function limitsOf(values: Options): NetLimits {
  return {
    nodeConnections: values.connections || connectionsFor(openFilesLimit()),
    sessions: values.addressSessions,
    connections: values.addressConnections,
    joins: { burst: values.addressJoins, perSecond: values.addressJoinRate },
    handshakes: { burst: values.addressHandshakes, perSecond: values.addressHandshakeRate },
    unprovenMs: values.unproven * 1000,
    unprovenStreams: values.unprovenStreams,
    heldStreams: values.heldStreams,
    limitLoopback: values.limitLoopback,
    trustedProxies: values.trustedProxies,
    unsent: {
      stallMs: values.writeStall * 1000,
      slowMs: values.writeSlow * 1000,
      bytesPerSecond: values.writeRate,
      connectionBytes: values.unsentConnectionBytes,
      nodeBytes: values.unsentNodeBytes,
    },
  };
}

/** Two files that are of no use alone. */
function pairOf(
  certFlag: string,
  certFile: string | undefined,
  keyFlag: string,
  keyFile: string | undefined,
) {
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile === keyFile) return undefined;
  throw new ConfigError(`${certFlag} and ${keyFlag} go together`);
}

/** The configuration for a log: the secrets in it masked. */
export function maskSecrets(config: Config): Record<string, unknown> {
  const redisUrl = config.redisUrl?.replace(/\/\/.*@/, "//***@");
  return { ...config, redisUrl };
}

function checkRedisUrl(url: string): void {
  try {
    parseRedisUrl(url);
  } catch (error) {
    throw new ConfigError(`--redis-url: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function integer(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && text.trim() !== "" && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}

function seconds(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a number of seconds from ${least} to ${most}.`);
  };
}

function networks(text: string): string[] {
  const addresses = list(text);
  try {
    new TrustedProxies(addresses);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : String(error));
  }
  return addresses;
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function origins(text: string): string[] {
  return list(text).map((item) => {
    const origin = item === "*" ? item : normalOrigin(item);
    if (origin !== undefined) return origin;
    throw new InvalidArgumentError("It is a list of origins, such as https://app.example, or null, or *.");
  });
}

function hostNames(text: string): string[] {
  return list(text).map((item) => {
    const { host, port } = readAuthority(isIPv6(item) ? `[${item}]` : item) ?? {};
    if (host !== undefined && port === "") return host;
    throw new InvalidArgumentError("It is a list of host names without scheme and port, or *.");
  });
}

// Commander takes any value of a variable for a switch that is on, so these are options with a value.
function flag(text: string): boolean {
  if (["1", "true"].includes(text)) return true;
  if (["0", "false", ""].includes(text)) return false;
  throw new InvalidArgumentError("It is true or false.");
}
