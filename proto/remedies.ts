import type { Reason } from "./parley/v1/signaling_enums.ts";
import { reasonName } from "./reason-names.ts";

/** What a developer who meets a reason should do. Apart from the table of reasons, which browsers load. */
const remedies: Readonly<Record<keyof typeof Reason, string>> = {
  UNSPECIFIED: "Read the message of the error.",
  MALFORMED_MESSAGE: "Use a client generated from the contract.",
  MESSAGE_TOO_LARGE: "Send less: see Welcome.limits.",
  BATCH_TOO_LARGE: "Split the batch: see Welcome.limits.",
  JOIN_EXPECTED: "Begin with join or resume.",
  FIRST_MESSAGE_TIMEOUT: "Send join or resume at once.",
  ALREADY_JOINED: "Open another stream for another session.",
  ROOM_INVALID: "Name the room by the rule of Join.room.",
  PEER_ID_INVALID: "Name the peer by the rule of Join.peer_id.",
  NONCE_INVALID: "Use 16 to 64 random bytes.",
  NONCE_REUSED: "Use a new nonce for each session.",
  METADATA_INVALID: "Say less: 16 entries, 4096 bytes.",
  PEER_ID_TAKEN: "Take another name, or wait until its holder left.",
  ROOM_FULL: "Wait until a peer leaves, or use another room.",
  SERVER_FULL: "Wait, or add a node.",
  RATE_LIMITED: "Wait for retry_after; an operator can raise the limit.",
  SESSION_TOKEN_INVALID: "Use Welcome.session_token unchanged.",
  SESSION_NOT_FOUND: "Join again, with a new nonce.",
  RESUME_GAP: "Join again, and acknowledge more often.",
  SESSION_REPLACED: "Nothing: a newer stream of this session goes on.",
  PEER_REPLACED: "Nothing, or join under another name.",
  SEQ_GAP: "Send again from the last ack plus one, in order.",
  SESSION_OVERFLOWED: "Join again, and read the stream.",
  SLOW_READER: "Read the stream without pause.",
  HEARTBEAT_TIMEOUT: "Send a Heartbeat in every interval.",
  SESSION_LOST: "Join again, with a new nonce.",
  RECIPIENT_INVALID: "Put another peer's peer_id into `to`.",
  RECIPIENT_UNKNOWN: "Drop what concerns this peer: it is gone.",
  MAILBOX_FULL: "Send it again, as a new signal, after retry_after.",
  BODY_INVALID: "Set exactly one body that the contract knows.",
  NEGOTIATION_ID_INVALID: "Keep to the rule of negotiation_id.",
  SDP_INVALID: "Pass the description on as WebRTC made it.",
  CANDIDATE_INVALID: "Pass the candidate on as WebRTC made it.",
  ICE_POLICY: "Send only what Welcome.ice_policy permits; with relay_only, set iceTransportPolicy.",
  GOING_AWAY: "Resume on a new connection.",
  STORAGE_UNAVAILABLE: "Wait: the service recovers by itself.",
  INTERNAL: "Report it, with the time and the node.",
  ORIGIN_REFUSED: "Change the setting that the message names.",
  METHOD_UNKNOWN: "Call a method of the contract, as the message says.",
  ENCODING_UNSUPPORTED: "Use an encoding that the message lists.",
  HEADER_INVALID: "Correct the header that the message names.",
  DEADLINE_PASSED: "Set no deadline for Signal and Receive.",
  ACCESS_TOKEN_REQUIRED: "Send an access token: in the authorization header, or in join or resume.",
  ACCESS_TOKEN_INVALID: "Get a token that follows the rule in the message.",
  ACCESS_TOKEN_EXPIRED: "Get a new token, and resume or join with it.",
  ACCESS_DENIED: "Get a token that permits it.",
  KEYS_UNAVAILABLE: "Wait; the operator checks the JWKS address.",
  ACCESS_TOKEN_REVOKED: "Get a new token, if you may.",
  PEER_REMOVED: "Nothing, or ask the administrator.",
  ADMISSION_REFUSED: "Show the message. If retry_after is given, join again after that.",
  ADMISSION_UNAVAILABLE: "Wait; the operator checks the backend at --admission-url.",
  SESSION_EXPIRED: "Join again with a new token; next time, send Refresh when TokenExpiring comes.",
};

/** What to do about a reason; that of `UNSPECIFIED` for one that this version does not know. */
export function remedyOf(reason: Reason): string {
  const name = reasonName(reason);
  return Object.hasOwn(remedies, name) ? remedies[name as keyof typeof Reason] : remedies.UNSPECIFIED;
}
