import { malformed } from "../../wire/wire-error.ts";

/** What the path of a request names. Names are still percent-encoded. */
export type Resource =
  | { readonly kind: "openapi" }
  | { readonly kind: "peers"; readonly room: string }
  | { readonly kind: "peer" | "signals" | "metadata"; readonly room: string; readonly peer: string }
  /** A path under `/v1/rooms` that leads to nothing. */
  | { readonly kind: "unknown" };

export const openApiPath = "/v1/openapi.json";
const root = "/v1/rooms";
/** `/v1/rooms/{room}/peers[/{peer}[/signals|/metadata]]` */
const roomsPath = /^\/v1\/rooms\/([^/]*)\/peers(?:\/([^/]+)(?:\/(signals|metadata))?)?$/;

/** The resource at a path; undefined if the path is none of this door. */
export function resourceAt(path: string): Resource | undefined {
  if (!path.startsWith("/v1/")) return undefined;
  if (path === openApiPath) return { kind: "openapi" };
  const [, room, peer, part] = roomsPath.exec(path) ?? [];
  if (room === undefined)
    return path === root || path.startsWith(`${root}/`) ? { kind: "unknown" } : undefined;
  if (peer === undefined) return { kind: "peers", room };
  return { kind: part === "signals" || part === "metadata" ? part : "peer", room, peer };
}

/** Path and query of a request. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf("?");
  return mark < 0
    ? { path: target, query: "" }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** A name of a path. Throws a WireFault unless it is percent-encoded UTF-8 (RFC 3986, section 2.1). */
export function decodeName(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw malformed("a name in the path is not percent-encoded UTF-8");
  }
}

/** The path of a peer. */
export function peerPath(room: string, peer: string): string {
  return `/v1/rooms/${encodeURIComponent(room)}/peers/${encodeURIComponent(peer)}`;
}
