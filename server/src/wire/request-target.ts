import type { IncomingMessage } from "node:http";

/** Scheme, authority, and the rest; with user information it is no target (RFC 9110 section 4.2.4). */
const absoluteForm = /^https?:\/\/([^/?#@]+)(\/?[^#]*)$/i;

/**
 * Turns a target in absolute form, as clients send it to a proxy, into the form that all other code reads: path and
 * query. Its authority replaces the Host header (RFC 9112 section 3.2.2).
 */
export function toOriginForm(request: IncomingMessage): void {
  const { url = "" } = request;
  if (url.startsWith("/")) return;
  const [, authority, rest = ""] = absoluteForm.exec(url) ?? [];
  if (authority === undefined) return;
  request.url = rest.startsWith("/") ? rest : `/${rest}`;
  request.headers.host = authority;
}
