/** What a client takes for an answer: JSON, or a stream of events. */
export type Accepted = "json" | "events";

const jsonRange = /^(?:\*|application)\/(?:\*|json)$/;
const eventsRange = /^text\/event-stream$/;
const zero = /;\s*q=0(?:\.0*)?\s*(?:;|$)/;

/**
 * What an `Accept` asks for (RFC 9110, section 12.5.1): events if they are named, otherwise JSON; undefined if it
 * takes neither.
 */
export function acceptedBy(header: string | null): Accepted | undefined {
  if (header === null) return "json";
  const ranges = header
    .toLowerCase()
    .split(",")
    .filter((item) => !zero.test(item))
    .map((item) => item.split(";", 1)[0]?.trim() ?? "");
  if (ranges.some((range) => eventsRange.test(range))) return "events";
  return ranges.some((range) => jsonRange.test(range)) ? "json" : undefined;
}
