import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** Headers as the Fetch standard has them. */
export function toHeaders(incoming: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    if (value === undefined || name.startsWith(":")) continue;
    for (const one of typeof value === "string" ? [value] : value) headers.append(name, one);
  }
  return headers;
}

/** Adds headers to those of Node. Of a name that is there already, nothing is added: the wire's stand. */
export function addHeaders(target: OutgoingHttpHeaders, headers: Headers, prefix = ""): void {
  for (const [name, value] of headers) {
    const key = prefix + name;
    const old = target[key];
    if (old === undefined) target[key] = value;
    else if (name === "set-cookie") target[key] = [...(Array.isArray(old) ? old : [String(old)]), value];
  }
}
