import { afterEach, expect, test, vi } from "vitest";
import { readFlags } from "../../../test/kit/read-flags.ts";
import { ConfigError, maskedValues } from "../config/setting.ts";
import { type ServerConfig, serverSettings } from "../server.ts";

afterEach(() => vi.unstubAllEnvs());

function configOf(...flags: string[]): Promise<ServerConfig> {
  return readFlags("serve", ...flags);
}

const maskSecrets = (config: ServerConfig) => maskedValues(serverSettings, config);

test("without a word it listens on loopback, closed to others", async () => {
  expect(await configOf()).toMatchObject({
    host: "127.0.0.1",
    port: 8080,
    open: false,
    corsOrigins: [],
    hosts: [],
    stunUrls: [],
    heartbeatMs: 15_000,
    resumeWindowMs: 30_000,
    firstMessageMs: 10_000,
    seqGapMs: 250,
    mailboxSignals: 256,
    mailboxBytes: 1_048_576,
    duplicatePeerId: "reject",
    redis: { url: undefined, caFile: undefined, client: undefined },
    tls: undefined,
  });
});

test("`serve` may be left out", async () => {
  expect((await readFlags("--port", "0")).port).toBe(0);
});

test("flags are read, seconds as milliseconds and lists at their commas", async () => {
  const config = await configOf(
    ...["--port", "0", "--heartbeat", "0.5", "--resume-window", "60", "--page", "false"],
    ...["--stun-url", "stun:stun.example:3478, stun:other.example", "--cors-origin", "https://a.example"],
    ...["--duplicate-peer-id", "replace", "--redis-url", "redis://127.0.0.1"],
  );
  expect(config).toMatchObject({
    port: 0,
    heartbeatMs: 500,
    resumeWindowMs: 60_000,
    page: false,
    stunUrls: ["stun:stun.example:3478", "stun:other.example"],
    corsOrigins: ["https://a.example"],
    duplicatePeerId: "replace",
    redis: { url: "redis://127.0.0.1" },
  });
});

test("each flag has a variable, and the flag is stronger", async () => {
  vi.stubEnv("PARLEY_ROOM_PEERS", "7");
  vi.stubEnv("PARLEY_STREAMS", "8");
  vi.stubEnv("PARLEY_OPEN", "true");
  vi.stubEnv("PARLEY_HOST", "0.0.0.0");
  expect(await configOf("--streams", "9")).toMatchObject({
    roomPeers: 7,
    streams: 9,
    open: true,
    host: "0.0.0.0",
  });
});

test("a variable can say no", async () => {
  vi.stubEnv("PARLEY_OPEN", "false");
  vi.stubEnv("PARLEY_HOST", "0.0.0.0");
  await expect(configOf()).rejects.toThrow(ConfigError);
});

test.each(["127.0.0.1", "127.8.9.1", "::1", "localhost"])(
  "%s is loopback, and needs no --open",
  async (host) => {
    expect((await configOf("--host", host)).host).toBe(host);
  },
);

test.each(["0.0.0.0", "::", "192.0.2.1", "127.0.0.1.example"])(
  "%s can be reached by others, and is refused without --open",
  async (host) => {
    await expect(configOf("--host", host)).rejects.toThrow(/--open/);
    expect((await configOf("--host", host, "--open")).open).toBe(true);
  },
);

test("the demo page is served on loopback, and elsewhere only if that is said", async () => {
  expect((await configOf()).page).toBe("loopback");
  expect((await configOf("--host", "0.0.0.0", "--open")).page).toBe(false);
  expect((await configOf("--host", "0.0.0.0", "--open", "--page", "true")).page).toBe(true);
  expect((await configOf("--page", "false")).page).toBe(false);
});

test("origins are kept as browsers write them, and names without ports", async () => {
  const config = await configOf(
    ...["--cors-origin", "HTTPS://App.example:443/, null,capacitor://localhost, *"],
    ...["--hosts", "Signal.example, ::1,[2001:db8::1], *"],
  );
  expect(config.corsOrigins).toEqual(["https://app.example", "null", "capacitor://localhost", "*"]);
  expect(config.hosts).toEqual(["signal.example", "[::1]", "[2001:db8::1]", "*"]);
});

test("settings that do not go together are refused", async () => {
  await expect(configOf("--tls-cert", "a.pem")).rejects.toThrow(ConfigError);
  await expect(configOf("--tls-key", "a.pem")).rejects.toThrow(ConfigError);
  await expect(configOf("--redis-url", "rediss://a", "--redis-cert", "a.pem")).rejects.toThrow(ConfigError);
  for (const flag of ["--redis-ca", "--redis-cert"]) {
    const pair = [flag, "a.pem", ...(flag === "--redis-cert" ? ["--redis-key", "b.pem"] : [])];
    await expect(configOf(...pair)).rejects.toThrow(/rediss/);
    await expect(configOf(...pair, "--redis-url", "redis+cluster://a")).rejects.toThrow(/rediss/);
  }
  await expect(configOf("--message-bytes", "2048", "--signal-bytes", "4096")).rejects.toThrow(ConfigError);
  await expect(configOf("--tls-client-ca", "a.pem")).rejects.toThrow(/--tls-cert/);
  expect((await configOf("--tls-cert", "a.pem", "--tls-key", "b.pem")).tls).toEqual({
    certFile: "a.pem",
    keyFile: "b.pem",
  });
});

test("TLS with Redis has its own authority and its own certificate", async () => {
  const files = ["--redis-ca", "ca.pem", "--redis-cert", "a.pem", "--redis-key", "b.pem"];
  expect(await configOf("--redis-url", "rediss+sentinel://a/main", ...files)).toMatchObject({
    redis: { caFile: "ca.pem", client: { certFile: "a.pem", keyFile: "b.pem" } },
    tls: undefined,
  });
});

test.each([
  ["rediss://parley:hunter2@redis.example:6379/1", "rediss://***@redis.example:6379/1"],
  ["redis://:hunter2@redis.example", "redis://***@redis.example"],
  ["redis://:p%40hunter2@redis.example", "redis://***@redis.example"],
  ["redis://redis.example:6379", "redis://redis.example:6379"],
])("%s is printed without its secrets", async (url, printed) => {
  const masked = maskSecrets(await configOf("--redis-url", url));
  expect(masked).toMatchObject({ redis: { url: printed }, host: "127.0.0.1" });
});

test.each([
  "redis://:p@hunter2@redis.example",
  "redis://:%hunter2@redis.example",
  "redis://redis.example?db=1&password=hunter2",
])("%s is refused without showing its secrets", async (url) => {
  const refused = configOf("--redis-url", url);
  await expect(refused).rejects.toThrow(/^--redis-url: /);
  await expect(refused).rejects.not.toThrow("hunter2");
});

test("what is wrong with the address of Redis names the variable that gave it", async () => {
  vi.stubEnv("PARLEY_REDIS_URL", "redis+sentinel://redis.example");
  await expect(configOf()).rejects.toThrow(/^PARLEY_REDIS_URL: a sentinel URL must name the primary/);
});

const tokenRules = ["--token-issuer", "https://issuer.example", "--token-audience", "parley"];
const secret = "0123456789abcdef0123456789abcdef";

test("with keys of access tokens a server may be reached by others", async () => {
  const config = await configOf("--host", "0.0.0.0", "--token-secret", secret, ...tokenRules);
  expect(config.token).toMatchObject({ secrets: [secret], leewayMs: 30_000, lifetimeMs: 86_400_000 });
  expect(JSON.stringify(maskSecrets(config))).not.toContain(secret);
});

test.each([
  ["needs an issuer and an audience", ["--token-secret", secret], /--token-issuer/],
  ["an issuer alone", tokenRules, /--token-key/],
  ["open and closed at once", ["--open", "--token-secret", secret, ...tokenRules], /--open/],
  ["an address in clear text", ["--token-jwks", "http://a.example/keys", ...tokenRules], /https/],
  ["an authority of no address", ["--token-jwks-ca", "a.pem"], /--token-jwks-ca/],
])("tokens are refused: %s", async (_, flags, word) => {
  const refused = configOf(...flags);
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(word);
});

test("a short secret is refused without showing it", async () => {
  const refused = configOf("--token-secret", "hunter2", ...tokenRules);
  await expect(refused).rejects.toThrow(/^--token-secret must be a list of secrets of at least 32 bytes$/);
});

const turn = ["--turn-url", "turn:turn.example", "--turn-secret", "hunter2"];

test("TURN servers go to loopback, or to holders of tokens", async () => {
  const config = await configOf(...turn);
  expect(config.turn).toMatchObject({
    urls: ["turn:turn.example"],
    secret: "hunter2",
    lifetimeMs: 3_600_000,
  });
  expect(JSON.stringify(maskSecrets(config))).not.toContain("hunter2");
  const closed = ["--host", "0.0.0.0", "--token-secret", secret, ...tokenRules];
  expect((await configOf(...closed, ...turn)).turn.urls).toHaveLength(1);
});

test.each([
  ["to everyone", ["--host", "0.0.0.0", "--open", ...turn], /--turn-url/],
  ["without a password", turn.slice(0, 2), /--turn-secret/],
  ["without a server", turn.slice(2), /--turn-url/],
  ["half a password", ["--turn-url", "turn:a", "--turn-username", "u"], /--turn-password/],
  ["two kinds of password", [...turn, "--turn-username", "u", "--turn-password", "p"], /--turn-secret/],
  ["another scheme", ["--turn-url", "stun:a", "--turn-secret", "s"], /turn: or turns:/],
])("TURN is refused: %s", async (_, flags, word) => {
  await expect(configOf(...flags)).rejects.toThrow(word);
});

test("the administration is reached by others only with keys", async () => {
  const admin = ["--admin-port", "8081", "--admin-host", "0.0.0.0"];
  await expect(configOf(...admin)).rejects.toThrow(/--admin-host/);
  const config = await configOf(...admin, "--token-secret", secret, ...tokenRules);
  expect(config.admin).toEqual({ port: 8081, host: "0.0.0.0" });
  expect((await configOf()).admin).toEqual({ port: undefined, host: "127.0.0.1" });
});
