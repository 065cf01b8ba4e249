import { type Authority, readAuthority } from "./authority.ts";

/** An origin of the web (RFC 6454), such as `https://app.example:8443`. */
export interface WebOrigin extends Authority {
  readonly scheme: "http" | "https";
}

/** Reads an origin whose pages come over HTTP; undefined for `null` and for the schemes of apps. */
export function readWebOrigin(text: string): WebOrigin | undefined {
  const [, scheme, rest = ""] = /^(https?):\/\/(.+)$/.exec(text.toLowerCase()) ?? [];
  const authority = readAuthority(rest);
  if (authority === undefined) return undefined;
  return { scheme: scheme === "https" ? "https" : "http", ...authority };
}

/**
 * An origin in the form in which browsers send it: lower case, no default port, no slash at the end. Undefined if the
 * text is none. `null` and the origins of apps, such as `capacitor://localhost`, are origins too.
 */
export function normalOrigin(text: string): string | undefined {
  const origin = text.trim().toLowerCase().replace(/\/$/, "");
  if (origin === "null") return origin;
  const web = readWebOrigin(origin);
  if (web !== undefined) {
    const { scheme, host, port } = web;
    return port === "" || port === defaultPort(scheme) ? `${scheme}://${host}` : origin;
  }
  return /^(?!https?:)[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+$/.test(origin) ? origin : undefined;
}

/** Whether an origin and the authority of a request are the same host and port, whatever the scheme. */
export function isSameAuthority({ scheme, host, port }: WebOrigin, authority: Authority): boolean {
  // A proxy that ends TLS leaves the Host of an https page as it was: without its default port.
  const usual = defaultPort(scheme);
  return host === authority.host && (port || usual) === (authority.port || usual);
}

function defaultPort(scheme: WebOrigin["scheme"]): string {
  return scheme === "https" ? "443" : "80";
}
