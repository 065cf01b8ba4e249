import type { StreamInit } from "../session/session-transport.ts";

const none = new Uint8Array(0);
const resume = {
  sessionToken: "",
  lastSeq: 0,
  ackedSeq: 0,
  rosterVersion: 0,
  attempt: 1,
  accessToken: "",
};

/** How a session starts for which the tests of a transport do not care. */
export const joining: Pick<StreamInit, "start" | "resume"> = {
  start: {
    case: "join",
    value: { room: "r", metadata: {}, nonce: none, formerNonce: none, attempt: 1, accessToken: "" },
  },
  resume: () => resume,
};

/** The same, for a session that is there. */
export const resuming: Pick<StreamInit, "start" | "resume"> = {
  start: { case: "resume", value: resume },
  resume: () => resume,
};
