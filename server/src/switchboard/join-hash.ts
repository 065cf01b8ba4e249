import { hash } from "node:crypto";
import type { JoinRequest } from "./switchboard.ts";

/**
 * What the engine keeps of a join to recognize its repetition. The peer's metadata may have changed since, and its
 * name may have been made by the engine.
 */
export function hashJoin({ peerId, metadata }: Pick<JoinRequest, "peerId" | "metadata">): string {
  const entries = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return hash("sha256", JSON.stringify([peerId ?? null, entries]), "base64url");
}
