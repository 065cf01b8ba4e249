import { isLoopbackName } from "../wire/authority.ts";
import { ConfigError, type Given, readSettings, type ValuesOf } from "./setting.ts";
import { settings } from "./settings.ts";

type Values = ValuesOf<typeof settings>;

/** Everything that can be set apart from the engine, validated: the values of the table, and what follows from several. */
export interface Config extends Omit<Values, "page"> {
  readonly version: string;
  /** Whether the demo page is served: never, always, or under loopback names only. */
  readonly page: boolean | "loopback";
}

/** Reads the configuration once, at the start. Throws a ConfigError if a setting is wrong, or two contradict. */
export function readConfig(version: string, given: Given): Config {
  const values = readSettings(settings, given);
  const config: Config = {
    ...values,
    version,
    page: values.page ?? (isLoopbackName(values.host) ? "loopback" : false),
  };
  if (config.tlsClientCaFile !== undefined && config.tls === undefined) {
    throw new ConfigError("--tls-client-ca needs --tls-cert and --tls-key");
  }
  checkTokens(config);
  checkTurn(config);
  checkAdmin(config);
  checkAdmission(config);
  checkAccess(config);
  if (config.messageBytes < config.signalBytes) {
    throw new ConfigError("--message-bytes must be at least --signal-bytes");
  }
  return config;
}

/** Whether clients need an access token. */
function requiresTokens({ token }: Pick<Config, "token">): boolean {
  return token.keyFiles.length > 0 || token.secrets.length > 0 || token.jwksUrl !== undefined;
}

/** Whether others than this machine are served without a token. */
export function servesEveryone(config: Pick<Config, "host" | "token">): boolean {
  return !requiresTokens(config) && !isLoopbackName(config.host);
}

function checkTokens({ token, open }: Config): void {
  const { issuer, audience, jwksUrl, jwksCaFile } = token;
  const keys = "--token-key, --token-secret or --token-jwks";
  if (requiresTokens({ token })) {
    if (issuer === undefined || audience === undefined) {
      throw new ConfigError(`${keys} need --token-issuer and --token-audience`);
    }
    if (open) throw new ConfigError(`--open serves everyone, ${keys} only holders of a token: choose one`);
  } else if (issuer !== undefined || audience !== undefined || jwksCaFile !== undefined) {
    throw new ConfigError(`--token-issuer, --token-audience and --token-jwks-ca need ${keys}`);
  }
  if (jwksUrl === undefined) {
    if (jwksCaFile !== undefined) throw new ConfigError("--token-jwks-ca needs --token-jwks");
  } else if (!URL.canParse(jwksUrl) || new URL(jwksUrl).protocol !== "https:") {
    throw new ConfigError("--token-jwks must be an address with https");
  }
}

function checkAdmin({ admin, token }: Config): void {
  if (admin.port === undefined || isLoopbackName(admin.host) || requiresTokens({ token })) return;
  throw new ConfigError("--admin-host beyond loopback needs access tokens: anyone could end sessions");
}

function checkAdmission({ admission }: Config): void {
  const { url, secret, caFile } = admission;
  if (url === undefined) {
    if (secret === undefined && caFile === undefined) return;
    throw new ConfigError("--admission-secret and --admission-ca need --admission-url");
  }
  const scheme = URL.canParse(url) ? new URL(url).protocol : "";
  if (scheme !== "http:" && scheme !== "https:") {
    throw new ConfigError("--admission-url must be an address with http or https");
  }
  if (caFile !== undefined && scheme !== "https:") {
    throw new ConfigError("--admission-ca is for an --admission-url with https");
  }
}

function checkTurn(config: Config): void {
  const { urls, secret, username, password } = config.turn;
  const hasUser = username !== undefined && password !== undefined;
  if ((username === undefined) !== (password === undefined)) {
    throw new ConfigError("--turn-username and --turn-password go together");
  }
  if (secret !== undefined && hasUser) {
    throw new ConfigError("--turn-secret and --turn-username contradict each other: choose one");
  }
  if (urls.length > 0 !== (secret !== undefined || hasUser)) {
    throw new ConfigError(
      "--turn-url goes together with --turn-secret, or with --turn-username and --turn-password",
    );
  }
  if (urls.length > 0 && servesEveryone(config)) {
    throw new ConfigError(
      "--turn-url would give a relay to everyone: require access tokens with --token-key",
    );
  }
}

function checkAccess(config: Config): void {
  const { host, open } = config;
  if (open || !servesEveryone(config)) return;
  throw new ConfigError(
    `${host} can be reached by others and there is no authentication: ` +
      "listen on 127.0.0.1, require access tokens with --token-key, or use --open to serve everyone",
  );
}
