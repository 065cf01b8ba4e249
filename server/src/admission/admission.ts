import { Reason } from "@parley/contract";
import type { Failure } from "../switchboard/failure.ts";
import type { JoinRequest, ResumeRequest } from "../switchboard/switchboard.ts";
import type { Access } from "./access.ts";
import { type Grants, openGrants } from "./grants.ts";

/** How a stream begins: its first message, checked field by field. */
export type AttachRequest = (
  | { readonly kind: "join"; readonly request: JoinRequest }
  | { readonly kind: "resume"; readonly request: ResumeRequest }
) & {
  /** The access token of the message itself; empty if it has none. */
  readonly accessToken: string;
};

/** What is known of a client that shows who it is, or does not. */
export interface Credentials {
  /** The `Authorization` header of its request; undefined if it sent none, or if its transport has no headers. */
  readonly authorization: string | undefined;
  /** As in `Caller`: whose invalid tokens count together with its own. */
  readonly limitedAs: string | undefined;
}

/** What is known of a client that asks to be admitted. */
export interface AdmissionRequest extends Credentials {
  readonly attach: AttachRequest;
  /** Its network address; undefined if it has none. */
  readonly address: string | undefined;
}

/** A client of `Refresh`, and the session that it has. */
export interface RefreshRequest {
  readonly accessToken: string;
  readonly limitedAs: string | undefined;
  readonly owner: string;
  readonly sessionToken: string;
}

export interface Refused {
  readonly failure: Failure;
}
/** A client may do this, or is refused with a failure. */
export type Permission = { readonly grants: Grants } | Refused;
/**
 * A client may do this apart from the stream of a session. Which session it names is known later: `in` then decides what it
 * may do there.
 */
export type Permit = { readonly grants: Grants; in(sessionToken: string): Permission } | Refused;
/** A client is admitted, with what it asks for as the service understands it. */
export interface Admitted {
  readonly attach: AttachRequest;
  readonly grants: Grants;
  /** What its access token says; absent without tokens. */
  readonly access?: Access;
  /** Whether it waits in the lobby until a member of the room lets it in. @default false */
  readonly held?: boolean;
}
export type AdmissionOutcome = Admitted | Refused;

/** An outcome itself if it is known at once: a promise costs a turn of its own. Should not reject. */
export type Soon<Outcome> = Outcome | Promise<Outcome>;

/** What becomes of an outcome, once it is known. */
export function onceKnown<Outcome, Result>(
  outcome: Soon<Outcome>,
  use: (outcome: Outcome) => Soon<Result>,
): Soon<Result> {
  return outcome instanceof Promise ? outcome.then(use) : use(outcome);
}

/**
 * Decides who may open or resume a session, after the limits of the address and before the switchboard. While it
 * decides, nothing more is read from the client.
 */
export interface Admission {
  /** Decides about a join or a resume. */
  admit(request: AdmissionRequest): Soon<AdmissionOutcome>;
  /** Decides about a request apart from the stream of its session. */
  permit(credentials: Credentials): Soon<Permit>;
  /** Decides about a newer access token. */
  refresh(request: RefreshRequest): Soon<Permission>;
}

const open: Permission = { grants: openGrants };
const openPermit: Permit = { grants: openGrants, in: () => open };

const nothingToRefresh: Refused = {
  failure: { reason: Reason.ACCESS_DENIED, message: "this service does not use access tokens" },
};

/** Admits every client. */
export const openAdmission: Admission = {
  admit: ({ attach }) => ({ attach, grants: openGrants }),
  permit: () => openPermit,
  refresh: () => nothingToRefresh,
};
