/** One line of a recorded history: what one client did or saw, and when, in milliseconds since the epoch. */
export type Line = {
  readonly t: number;
} /** The first line: who is to be where, and what the service promises in this run. */ & (
  | {
      readonly e: "start";
      /** The room of each client. */
      readonly rooms: Readonly<Record<string, string>>;
      readonly windowMs: number;
      /** Whether the storage may lose what it holds, as long as both sides are notified. */
      readonly mayLose: boolean;
    }
  | ({ readonly at: string } & (
      | { readonly e: "send"; readonly id: string; readonly to: string }
      | { readonly e: "ack"; readonly id: string }
      /** It will not arrive, as the service said; or the session ended, and nobody knows. */
      | { readonly e: "refuse"; readonly id: string; readonly by: "service" | "nobody" }
      | { readonly e: "deliver"; readonly id: string; readonly from: string }
      /** A stream of its session is open, or is not any more. */
      | { readonly e: "up" }
      | { readonly e: "down" }
      | { readonly e: "meet"; readonly who: string }
      | { readonly e: "gone"; readonly who: string; readonly cause: string }
      /** Its session is over, and another begins. */
      | { readonly e: "reset"; readonly reason: string }
      | { readonly e: "over"; readonly reason: string }
      /** The harness ended it for good. */
      | { readonly e: "die" }
    ))
);

/** What a client did or saw. */
export type ClientLine = Extract<Line, { readonly at: string }>;

/** What each kind of line has beside its time, its kind and its client. */
const fields: Readonly<Record<ClientLine["e"], readonly string[]>> = {
  send: ["id", "to"],
  ack: ["id"],
  refuse: ["id", "by"],
  deliver: ["id", "from"],
  up: [],
  down: [],
  meet: ["who"],
  gone: ["who", "cause"],
  reset: ["reason"],
  over: ["reason"],
  die: [],
};

/** Reads a history. Throws with the number of a line that is none. */
export function readHistory(text: string): Line[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => {
      const read: unknown = JSON.parse(line);
      if (!isLine(read)) throw new Error(`line ${index + 1} is not one of a history: ${line}`);
      return read;
    });
}

function isLine(read: unknown): read is Line {
  if (typeof read !== "object" || read === null) return false;
  const has = new Map<string, unknown>(Object.entries(read));
  const kind = has.get("e");
  if (typeof has.get("t") !== "number" || typeof kind !== "string") return false;
  if (kind === "start")
    return typeof has.get("rooms") === "object" && typeof has.get("windowMs") === "number";
  const expected = fields[kind as ClientLine["e"]];
  return expected !== undefined && ["at", ...expected].every((field) => typeof has.get(field) === "string");
}
