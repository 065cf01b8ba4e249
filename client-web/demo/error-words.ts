/** An error in words for the visitor. */
export interface ErrorWords {
  readonly title: string;
  readonly advice: string;
  /** The field that has to change; if there is none, try again. */
  readonly field?: "room" | "name";
}

const words: Readonly<Record<string, ErrorWords>> = {
  PEER_ID_TAKEN: {
    title: "Someone with this name is already in the room.",
    advice: "Choose another name. If you are in the room in another tab, leave it there first.",
    field: "name",
  },
  ROOM_FULL: {
    title: "This room is full.",
    advice: "Wait until someone leaves and try again, or open another room.",
    field: "room",
  },
  SERVER_FULL: {
    title: "The service is full.",
    advice: "Wait a minute, then try again.",
  },
  ROOM_INVALID: {
    title: "A room cannot have this name.",
    advice: "Use 1 to 128 characters: letters A–Z, digits, and . _ ~ : @ + - without spaces.",
    field: "room",
  },
  PEER_ID_INVALID: { title: "This name does not work.", advice: "Choose a simpler one.", field: "name" },
  METADATA_INVALID: { title: "This name is too long.", advice: "Choose a shorter one.", field: "name" },
  PEER_REPLACED: {
    title: "You joined elsewhere under the same name.",
    advice: "This page has left the room. Join again here to take the name back.",
  },
  SESSION_REPLACED: {
    title: "Another tab has taken over this session.",
    advice: "Continue there, or join again here.",
  },
  SESSION_NOT_FOUND: {
    title: "The session is over: it was disconnected for too long.",
    advice: "Join again.",
  },
  SESSION_LOST: {
    title: "The service lost this session.",
    advice: "Join again.",
  },
  RESUME_GAP: {
    title: "Too much happened while this page was disconnected.",
    advice: "Join again to see who is in the room now.",
  },
  SESSION_OVERFLOWED: {
    title: "This page fell too far behind.",
    advice: "Join again. If this happens often, close other tabs.",
  },
  ACCESS_TOKEN_REQUIRED: {
    title: "This service admits only people with an access token.",
    advice: "The demo page cannot get one. Use your own app, or start a service without keys.",
  },
  ADMISSION_UNAVAILABLE: {
    title: "The service could not check whether you may join.",
    advice: "Try again in a few seconds.",
  },
  LOBBY_FULL: {
    title: "Too many people are waiting for this room.",
    advice: "Try again when some of them have been let in.",
  },
  LOBBY_TIMEOUT: {
    title: "No one let you in.",
    advice: "Ask someone in the room to check who is waiting, and try again.",
  },
  GOING_AWAY: { title: "This node of the service is stopping.", advice: "Try again in a few seconds." },
  STORAGE_UNAVAILABLE: {
    title: "The service cannot reach its storage.",
    advice: "It will recover on its own. Try again in a minute.",
  },
  NETWORK: {
    title: "The service cannot be reached.",
    advice: "Check that you are online and the server is running, then try again.",
  },
  TIMEOUT: {
    title: "The service does not answer.",
    advice: "Check your network, then try again.",
  },
  CONNECTIONS_EXHAUSTED: {
    title: "Other tabs are using all of this browser's connections.",
    advice:
      "Over http, a browser opens at most six connections to one service. Close other tabs of this page, or use https.",
  },
  INTERNAL: {
    title: "Something went wrong in the service.",
    advice: "Try again. If this persists, report it with the time and the reason below.",
  },
};

/** What to tell the visitor about a reason; for one without words here, the message of the error. */
export function errorWords(reason: string, message: string): ErrorWords {
  if (reason === "ADMISSION_REFUSED") return { title: "You were not let in.", advice: message };
  return words[reason] ?? { title: "That did not work.", advice: message };
}
