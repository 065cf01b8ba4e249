import {
  type IceCandidate,
  LeaveReasonSchema,
  type Peer,
  type Rejected,
  reasonName,
  retryOf,
  type SignalResponse,
  type Welcome,
} from "@parley/contract";
import type { Status } from "../ways/index.ts";
import { nameInCandidate, nameInSdp } from "./content.ts";

/** Says the names of the test for those that the server made. */
export type Alias = (peerId: string) => string;

/** One response as a line of a transcript: what it says, without tokens, times and made names. */
export function lineOf(response: SignalResponse, alias: Alias): string {
  const number = response.seq === 0 ? "" : `${response.seq} `;
  return number + saying(response, alias);
}

export function endLine({ code, reason }: Status): string {
  return reason === undefined ? `ended ${code}` : `ended ${code} ${reason}`;
}

function saying({ body, sender, senderSession, negotiationId }: SignalResponse, alias: Alias): string {
  const fault = senderSession === 0 ? " of no session" : "";
  const from = `from ${alias(sender)}${fault}${negotiationId === "" ? "" : ` [${negotiationId}]`}`;
  switch (body.case) {
    case "welcome":
      return welcomeLine(body.value, alias);
    case "peerJoined":
      return `joined: ${body.value.peer === undefined ? "nobody" : peerWords(body.value.peer, alias)}`;
    case "peerLeft":
      return `left: ${alias(body.value.peerId)} ${LeaveReasonSchema.value[body.value.reason]?.localName}`;
    case "peerUpdated":
      return `updated: ${alias(body.value.peerId)} ${JSON.stringify(body.value.metadata)}`;
    case "offer":
      return `offer ${from}: ${nameInSdp(body.value.sdp)}`;
    case "answer":
      return `${body.value.provisional ? "provisional answer" : "answer"} ${from}: ${nameInSdp(body.value.sdp)}`;
    case "iceCandidate":
      return candidateLine(body.value, from);
    case "bye":
      return `bye ${from}: ${body.value.reason}`;
    case "restart":
      return `${body.value.rebuild ? "rebuild" : "restart"} ${from}`;
    case "rebind":
      return `rebind ${from}: ${Buffer.from(body.value.proof).toString("latin1")}`;
    case "rejected":
      return rejectedLine(body.value);
    case "iceServers":
      return "ICE servers";
    case "goAway":
      return "go away";
    case "tokenExpiring":
      return `token expires in ${Number(body.value.expiresIn?.seconds)} s`;
    case "waiting":
      return `waiting at ${body.value.position}`;
    case "lobby":
      return `lobby: ${body.value.waiting.map((peer) => alias(peer.peerId)).join(", ") || "nobody"}`;
    case "heartbeat":
      return "heartbeat";
    default:
      return "nothing known";
  }
}

function welcomeLine(welcome: Welcome, alias: Alias): string {
  const { resumed, you, peers, sessionToken, rosterUnchanged } = welcome;
  const others = rosterUnchanged
    ? `the same as before${peers.length === 0 ? "" : ", and they come all the same"}`
    : peers.map((peer) => peerWords(peer, alias)).join("; ");
  const opening = `welcome${resumed ? " back" : ""} ${you === undefined ? "nobody" : alias(you.peerId)}`;
  const fault = sessionToken === "" ? " without a token" : "";
  return `${opening}${fault}${others === "" ? "" : `, meet ${others}`}`;
}

/** Both sides of a pair see which of them is polite. */
function peerWords(
  { peerId, youArePolite, metadata, trusted, joinedAt, session }: Peer,
  alias: Alias,
): string {
  const said = Object.keys(metadata).length === 0 ? "" : ` ${JSON.stringify(metadata)}`;
  const about = Object.keys(trusted).length === 0 ? said : `${said} trusted ${JSON.stringify(trusted)}`;
  const fault = `${joinedAt === undefined ? " at no time" : ""}${session === 0 ? " without a session" : ""}`;
  return `${alias(peerId)}${about}${fault} (${youArePolite ? "polite" : "impolite"} toward it)`;
}

function candidateLine(body: IceCandidate, from: string): string {
  const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = body;
  const words = [
    sdpMid === undefined ? [] : [`mid ${sdpMid}`],
    sdpMLineIndex === undefined ? [] : [`line ${sdpMLineIndex}`],
    usernameFragment === undefined ? [] : [`ufrag ${usernameFragment}`],
  ].flat();
  const place = words.length === 0 ? "" : ` (${words.join(", ")})`;
  if (candidate === "") return `end of candidates ${from}${place}`;
  return `candidate ${from}: ${nameInCandidate(candidate)}${place}`;
}

function rejectedLine({ seq, reason, message, retry, retryAfter }: Rejected): string {
  const wait = retryAfter === undefined ? "" : `, again after ${retryAfter.seconds} s`;
  const fault = `${message === "" ? " without a word" : ""}${retry === retryOf(reason) ? "" : " with another retry"}`;
  return `rejected ${seq}: ${reasonName(reason)}${fault}${wait}`;
}
