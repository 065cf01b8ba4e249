/** What the messages of a socket are: `SignalRequest` and `SignalResponse`, as binary protobuf or as JSON. */
export type Subprotocol = "parley.v1.proto" | "parley.v1.json";

export const subprotocols: readonly Subprotocol[] = ["parley.v1.proto", "parley.v1.json"];

/** The first of the offered subprotocols that is spoken here. */
export function chooseSubprotocol(offered: Iterable<string>): Subprotocol | undefined {
  for (const name of offered) {
    const known = subprotocols.find((subprotocol) => subprotocol === name);
    if (known !== undefined) return known;
  }
  return undefined;
}

/** The subprotocols that a request offers, in its order of preference (RFC 6455, section 4.1). */
export function offeredSubprotocols(header: string | undefined): ReadonlySet<string> {
  if (header === undefined) return new Set();
  return new Set(header.split(",").map((name) => name.trim()));
}
