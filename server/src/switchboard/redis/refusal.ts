/**
 * Why Redis will refuse this node at the next try as well: what to change, for people. Undefined where another try
 * may succeed.
 */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  if (/^(WRONGPASS|NOAUTH)\b/.test(message)) return `Redis refuses user or password: ${message}`;
  if (/\bunknown command .?HELLO\b/.test(message)) {
    return "Redis does not know HELLO: it is too old (7 or Valkey is needed), or the command was renamed";
  }
  // The client of sentinels wraps what happens to the data nodes.
  return refusalOf(error.cause);
}
