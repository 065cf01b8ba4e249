import type { SessionStart, SessionTransport, StreamInit } from "../../client-web/src/index.ts";

/** How many resumes go out at once: the one that counts, and those before it. */
const atOnce = 3;
/** How long those before it may go on, in milliseconds. */
const regretMs = 500;

/**
 * A client that resumes again before it knows what became of its last try, as one does whose network changes twice.
 * Its connections reach different nodes, in any order; only the last try is listened to.
 */
export function impatientTransport(transport: SessionTransport, random: () => number): SessionTransport {
  return {
    open(init) {
      const resume = () => raised(init.resume(), atOnce);
      if (init.start.case !== "resume")
        return transport.open({ ...init, start: startOf(init, atOnce), resume });
      for (let tries = 1; tries < atOnce; tries++) {
        const value = raised(init.start.value, tries);
        const stream = transport.open({
          ...init,
          start: { case: "resume", value },
          // One that polls, and asks again before it is given up, is no newer try for that.
          resume: () => value,
          response: () => {},
          held: () => {},
          end: () => {},
        });
        setTimeout(() => stream.close(), random() * regretMs);
      }
      return transport.open({ ...init, start: startOf(init, atOnce), resume });
    },
    sendLast: (token, batch, accessToken) => transport.sendLast(token, batch, accessToken),
  };
}

function startOf({ start }: StreamInit, tries: number): SessionStart {
  return start.case === "join"
    ? { case: "join", value: raised(start.value, tries) }
    : { case: "resume", value: raised(start.value, tries) };
}

/** The client counts its tries by one, and so leaves no numbers for those that it does not know of. */
function raised<First extends { readonly attempt: number }>(first: First, tries: number): First {
  return { ...first, attempt: (first.attempt - 1) * atOnce + tries };
}
