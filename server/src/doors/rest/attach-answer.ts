import type { OutgoingHttpHeaders } from "node:http";
import { fromBinary } from "@bufbuild/protobuf";
import { type SignalResponse, SignalResponseSchema } from "@parley/contract";
import { peerPath } from "./resource.ts";

/** How the answer to a request that joins or resumes begins. */
export interface AnswerHead {
  readonly status: 200 | 201 | 202;
  readonly headers: OutgoingHttpHeaders;
}

/** Of the first response. A join that made a peer names its path (RFC 9110, section 15.3.2). */
export function answerHeadOf({ body }: SignalResponse, room: string | undefined): AnswerHead {
  // A member of the room has yet to decide.
  if (body.case === "waiting") return { status: 202, headers: {} };
  if (room === undefined || body.case !== "welcome" || body.value.you === undefined) {
    return { status: 200, headers: {} };
  }
  const { you, resumed } = body.value;
  return { status: resumed ? 200 : 201, headers: { location: peerPath(room, you.peerId) } };
}

/** What a session writes, decoded. */
export function responseOf(head: Uint8Array, rest: Uint8Array | undefined): SignalResponse {
  return fromBinary(SignalResponseSchema, rest === undefined ? head : Buffer.concat([head, rest]));
}
