/** Why a certificate was not accepted, as Node.js names what OpenSSL found. */
const distrust = /^(CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERROR_IN_CERT_|INVALID_|PATH_LENGTH_)/;
/** Those of them that another authority would mend. */
const unknownIssuer = /^(SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/;
/** Redis ends the handshake because of the certificate of this node, or the lack of one. */
// OpenSSL 3.5 calls SSL/TLS what was SSLV3 before.
const alert = /^ERR_SSL_[\w/]+_ALERT_\w*(CERTIFICATE|UNKNOWN_CA)/;

/**
 * Why Redis, or the certificate it shows, will be as wrong at the next try: what to change, for people. Undefined
 * where another try may succeed.
 */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error ? String(error.code) : "";
  // OpenSSL says where in its source it found out, and at the end, why.
  const message = "reason" in error ? String(error.reason).trim() : error.message;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `the certificate of Redis is for another host: ${message}`;
  if (distrust.test(code)) {
    const advice = unknownIssuer.test(code) ? " (--redis-ca names who may sign it)" : "";
    return `the certificate of Redis is not trusted: ${message}${advice}`;
  }
  if (alert.test(code)) {
    return `Redis wants another certificate of this node: ${message} (--redis-cert and --redis-key)`;
  }
  if (/^(WRONGPASS|NOAUTH)\b/.test(message)) return `Redis refuses user or password: ${message}`;
  if (/\bunknown command .?HELLO\b/.test(message)) {
    return "Redis does not know HELLO: it is too old (7 or Valkey is needed), or the command was renamed";
  }
  // The client of sentinels wraps what happens to the data nodes.
  return refusalOf(error.cause);
}
