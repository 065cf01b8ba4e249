import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Decide, DecideSchema, Reason, SignalResponseSchema } from "@parley/contract";
import { MalformedError } from "../../codec/field-reader.ts";
import type { Failure } from "../../switchboard/failure.ts";
import { isPeerId, type PeerId } from "../../switchboard/names.ts";

/** What a member decides about a client that waits. */
export interface Decision {
  readonly peerId: PeerId;
  readonly session: number;
  readonly admit: boolean;
  /** Why it is turned away. */
  readonly message: string;
}

/** The characters of a message. */
const messageLength = 256;

/** The decision of an encoded `Decide`, or what is wrong with it. Throws MalformedError. */
export function readDecision(bytes: Uint8Array): Decision | Failure {
  const { peerId, session, admit, message } = decoded(bytes);
  if (!isPeerId(peerId) || session === 0) {
    return {
      reason: Reason.RECIPIENT_INVALID,
      message: "the decision must name a client by peer_id and session",
    };
  }
  if (message.length > messageLength || /\p{Cc}/u.test(message)) {
    const fault = `a message has at most ${messageLength} characters in one line`;
    return { reason: Reason.BODY_INVALID, message: fault };
  }
  return { peerId, session, admit, message };
}

function decoded(bytes: Uint8Array): Decide {
  try {
    return fromBinary(DecideSchema, bytes);
  } catch {
    throw new MalformedError("not a Decide");
  }
}

const admits = "admit";

/** A decision on its way through the lobby, to the client that it is about. */
export function encodeDecision({ admit, message }: Decision): Uint8Array {
  const body = { case: "bye", value: { reason: message } } as const;
  const negotiationId = admit ? admits : "refuse";
  return toBinary(SignalResponseSchema, create(SignalResponseSchema, { negotiationId, body }));
}

/** What `encodeDecision` made of it, as it comes out of a mailbox. */
export function decodeDecision(payload: Uint8Array): Pick<Decision, "admit" | "message"> {
  const { negotiationId, body } = fromBinary(SignalResponseSchema, payload);
  return { admit: negotiationId === admits, message: body.case === "bye" ? body.value.reason : "" };
}
