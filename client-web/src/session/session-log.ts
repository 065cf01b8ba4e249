import type { Emitter } from "../emitter.ts";
import type { SignalTrace } from "./signal-trace.ts";
import type { SignalingEvents } from "./signaling-events.ts";

/**
 * Logs what happens to a session, a line for each event; neither SDP nor addresses, tokens or metadata. For the option
 * `debug`. Lines go to `console.debug` unless `write` is given.
 */
export function logSession(
  client: Emitter<SignalingEvents>,
  write: (line: string) => void = toConsole,
): void {
  client.on("state", (state, error) => write(error === undefined ? state : `${state}: ${error.reason}`));
  client.on("peer", ({ peerId, session }) => write(`peer ${peerId} (${session})`));
  client.on("peer-left", ({ peerId, session }, cause) => write(`peer ${peerId} (${session}) left: ${cause}`));
  client.on("rejected", ({ reason, message }, { seq, to }) =>
    write(`signal ${seq} to ${to} rejected: ${reason}, ${message}`),
  );
  client.on("reset", ({ reason }) => write(`a new session begins: ${reason}`));
  client.on("trace", (trace) => write(lineOf(trace)));
}

function toConsole(line: string): void {
  // biome-ignore lint/suspicious/noConsole: the application asked for it.
  console.debug(`parley: ${line}`);
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
