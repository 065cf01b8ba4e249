import type { IncomingHttpHeaders } from "node:http";

/** A host and, if it was written, a port: of a Host header, an `:authority`, or an origin. */
export interface Authority {
  /** In lower case, without the dot of a fully qualified name. An IPv6 address has its brackets. */
  readonly host: string;
  /** Empty if there is none. */
  readonly port: string;
}

const form = /^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::(\d{1,5}))?$/;

/** Reads an authority without user information (RFC 9110, section 4.2); undefined if the text is none. */
export function readAuthority(text: string): Authority | undefined {
  const [, host = "", port = ""] = form.exec(text.toLowerCase()) ?? [];
  return host === "" ? undefined : { host: host.replace(/\.$/, ""), port };
}

/** The host that a request is for, in either version of HTTP. */
export function authorityOf(headers: IncomingHttpHeaders): Authority | undefined {
  const text = authorityTextOf(headers);
  return text === undefined ? undefined : readAuthority(text);
}

/** The same as the request names it. */
export function authorityTextOf(headers: IncomingHttpHeaders): string | undefined {
  const text = headers[":authority"] ?? headers.host;
  return typeof text === "string" ? text : undefined;
}

/**
 * Whether a name never leaves this machine: the addresses of loopback, `localhost` and the names below it (RFC 6761,
 * section 6.3). No name of the DNS can be among them, so none can be rebound to this service.
 */
export function isLoopbackName(host: string): boolean {
  return /^(localhost|.+\.localhost|\[::1\]|::1|127(\.\d{1,3}){3})$/.test(host);
}

/** Whether a host is an IP address, and not a name. */
export function isAddress(host: string): boolean {
  return host.startsWith("[") || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}
