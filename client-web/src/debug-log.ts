import type { SignalTrace } from "./signal-trace.ts";
import type { SignalingClient } from "./signaling-client.ts";

/** Where a debug log goes: to `console.debug` if true. */
export type DebugLog = boolean | ((line: string) => void);

/** Logs what happens to a session, a line for each event; neither SDP nor addresses, tokens or metadata. */
export function logSession(client: SignalingClient, debug: DebugLog | undefined): void {
  if (debug === undefined || debug === false) return;
  // biome-ignore lint/suspicious/noConsole: the application asked for it.
  const write = typeof debug === "function" ? debug : (line: string) => console.debug(`parley: ${line}`);
  client.on("state", (state, error) => write(error === undefined ? state : `${state}: ${error.reason}`));
  client.on("peer", ({ peerId, session }) => write(`peer ${peerId} (${session})`));
  client.on("peer-left", ({ peerId, session }, cause) => write(`peer ${peerId} (${session}) left: ${cause}`));
  client.on("rejected", ({ reason, message }, { seq, to }) =>
    write(`signal ${seq} to ${to} rejected: ${reason}, ${message}`),
  );
  client.on("reset", ({ reason }) => write(`a new session begins: ${reason}`));
  client.on("trace", (trace) => write(lineOf(trace)));
}

function lineOf(trace: SignalTrace): string {
  const { direction, kind, peerId, negotiationId, seq, ackedAfterMs, rejected, replayed } = trace;
  const way = direction === "out" ? "to" : "from";
  const outcome = [
    replayed ? "replayed" : "",
    ackedAfterMs === undefined ? "" : `acknowledged after ${Math.round(ackedAfterMs)} ms`,
    rejected === undefined ? "" : `rejected: ${rejected}`,
  ].filter((words) => words !== "");
  return [`${direction} ${seq} ${kind} ${way} ${peerId}, ${negotiationId}`, ...outcome].join(", ");
}
