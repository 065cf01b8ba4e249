import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import {
  type JoinSchema,
  ReceiveRequestSchema,
  type ResumeSchema,
  reasonName,
  type SignalRequest,
  SignalRequestSchema,
} from "@parley/contract";
import { reasonOfError } from "../../../server/src/errors/parley-error.ts";
import type { Inbox } from "./inbox.ts";
import type { Status } from "./status.ts";

/** One way into the service: a protocol, a client, a version of HTTP. */
export interface Way {
  readonly name: string;
  /** How it holds a session: `Signal`, or `Receive` and `SendSignals`. */
  readonly form: "signal" | "halves";
  /** False if its client cannot end its own side of a stream alone. */
  readonly halfCloses?: false;
  /** False if it has no stream that ends after its first batch. */
  readonly polls?: false;
  /** False if every first message of its is a join or a resume. */
  readonly saysNothing?: false;
  /**
   * Opens a stream with a first message, and sends the access token with it. Nothing is awaited: what comes, comes by
   * the stream.
   */
  open(url: string, first: First, bearer?: Bearer): Stream;
  /** Opens a stream and says nothing at all; absent if the client has no such thing. */
  openSilent?(url: string): Stream;
}

/** The access token that a client has now: for its stream and, if they are apart, for each batch. */
export interface Bearer {
  token: string;
}

/** The headers that carry an access token. */
export function bearerHeaders(bearer: Bearer | undefined): Record<string, string> {
  return bearer === undefined ? {} : { authorization: `Bearer ${bearer.token}` };
}

/** The first message with the access token in it, for clients that send no headers. */
export function firstWithAccess(first: First, bearer: Bearer | undefined): First {
  if (bearer === undefined || (first.case !== "join" && first.case !== "resume")) return first;
  return { ...first, value: { ...first.value, accessToken: bearer.token } } as First;
}

/** How a stream begins. */
export type First =
  | { readonly case: "join"; readonly value: MessageInitShape<typeof JoinSchema>; readonly poll?: boolean }
  | {
      readonly case: "resume";
      readonly value: MessageInitShape<typeof ResumeSchema>;
      readonly poll?: boolean;
    }
  /** A message that says neither. */
  | { readonly case: "nothing" }
  /** What is no message of the contract, in the codec of the way. */
  | { readonly case: "garbage" };

export type SignalInit = Omit<MessageInitShape<typeof SignalRequestSchema>, "$typeName">;

/** A session's stream, as its client has it. */
export interface Stream {
  readonly inbox: Inbox;
  /** Sends signals, as one batch where the way has batches. */
  send(token: string, ...signals: SignalInit[]): Promise<void>;
  /** Sends no more on the stream, and reads on. No effect on a half, which only reads. */
  halfClose(): void;
  /** Breaks the connection off, as a lost network does. */
  cut(): void;
}

export function statusOf(error: ConnectError): Status {
  const code = nameOfCode(error.code);
  const reason = reasonOfError(error);
  return reason === undefined ? { code } : { code, reason: reasonName(reason) };
}

/** The name of a status code as the specification of gRPC has it. */
export function nameOfCode(code: number): string {
  return Code[code]?.replaceAll(/(?<!^)([A-Z])/g, "_$1").toUpperCase() ?? "OK";
}

export function requestOf(signal: SignalInit): SignalRequest {
  return create(SignalRequestSchema, signal);
}

/** The first message of `Signal`. */
export function firstRequest(first: First): SignalRequest {
  return first.case === "join" || first.case === "resume"
    ? create(SignalRequestSchema, { body: first as { case: "join"; value: object } })
    : create(SignalRequestSchema);
}

/** The message of `Receive`. */
export function receiveRequest(first: First) {
  return first.case === "join" || first.case === "resume"
    ? create(ReceiveRequestSchema, {
        start: first as { case: "join"; value: object },
        poll: first.poll ?? false,
      })
    : create(ReceiveRequestSchema);
}
