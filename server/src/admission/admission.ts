import type { Failure, JoinRequest, ResumeRequest } from "../switchboard/switchboard.ts";

/** How a stream begins: its first message, checked field by field. */
export type AttachRequest =
  | { readonly kind: "join"; readonly request: JoinRequest }
  | { readonly kind: "resume"; readonly request: ResumeRequest };

/** What is known of a client that asks to be admitted. */
export interface AdmissionRequest {
  readonly attach: AttachRequest;
  /** The `Authorization` header of its request; undefined if it sent none, or if its transport has no headers. */
  readonly authorization: string | undefined;
  /** Its network address; undefined if nothing limits it. */
  readonly address: string | undefined;
}

/** What an admitted client may do. */
export interface Grants {
  /** Whom the session belongs to; absent if it belongs to whichever client holds its token. */
  readonly subject?: string;
}

/** A client is admitted with grants, or refused with a failure. */
export type AdmissionOutcome = { readonly grants: Grants } | { readonly failure: Failure };

/**
 * Decides who may open or resume a session, after the limits of the address and before the switchboard. While it
 * decides, nothing more is read from the client.
 */
export interface Admission {
  /**
   * Returns the outcome itself when it is known at once: a promise costs every join a turn of its own. Should not
   * reject; if it does, the client gets `INTERNAL`.
   */
  admit(request: AdmissionRequest): AdmissionOutcome | Promise<AdmissionOutcome>;
}

/** Admits every client. */
export const openAdmission: Admission = { admit: () => admitted };

const admitted: AdmissionOutcome = { grants: {} };
