import { durationMs } from "@bufbuild/protobuf/wkt";
import { type AdmitResponse, Reason, type Refuse } from "@parley/contract";
import { metadataSize } from "../switchboard/metadata.ts";
import { parseToken, termsIn } from "../switchboard/session-token.ts";
import type { JoinIdentity } from "../switchboard/switchboard.ts";
import { conflictIn, grantNames } from "./access.ts";
import {
  type Admission,
  type AdmissionOutcome,
  type AdmissionRequest,
  type Admitted,
  type Credentials,
  onceKnown,
  type Permission,
  type Permit,
  type RefreshRequest,
  type Refused,
  type Soon,
} from "./admission.ts";
import type { AdmissionBackend } from "./admission-backend.ts";
import { firstCharacters } from "./first-characters.ts";
import { encodeTerms, type Terms, underTerms } from "./terms.ts";

/** The answer of a backend breaks a rule of the contract. */
class BackendAnswerError extends Error {
  override readonly name = "BackendAnswerError";
}

export interface HookParts {
  readonly backend: Pick<AdmissionBackend, "decide">;
  /** The name of this node. */
  readonly node: string;
  /** Receives why the backend did not decide. */
  readonly onError: (error: unknown) => void;
}

/** The bounds of what a backend says about a peer. */
const mostTrusted = 16;
const trustedBytes = 4096;
/** The characters of a refusal. */
const messageLength = 256;
/** When another try is worthwhile if the backend did not decide, in milliseconds. */
const unavailableRetryMs = 1000;

/**
 * Lets a backend of the operator decide about each join that another admission permits. Its terms are in the session
 * token, so that they hold on every node, for the whole session.
 */
export class HookedAdmission implements Admission {
  readonly #admission: Admission;
  readonly #parts: HookParts;

  constructor(admission: Admission, parts: HookParts) {
    this.#admission = admission;
    this.#parts = parts;
  }

  admit(request: AdmissionRequest): Soon<AdmissionOutcome> {
    return onceKnown(this.#admission.admit(request), (outcome) => this.#hooked(outcome, request.address));
  }

  async #ask({ attach, grants, access }: Admitted, address = ""): Promise<AdmissionOutcome> {
    if (attach.kind !== "join") return { attach, grants };
    const { room, peerId = "", metadata, identity } = attach.request;
    const answer = await this.#parts.backend.decide({
      room,
      peerId,
      metadata: { ...metadata },
      sub: access?.subject ?? "",
      grants: [...(access?.grants ?? [])],
      trusted: { ...identity?.trusted },
      address,
      node: this.#parts.node,
    });
    const { decision } = answer;
    if (decision.case === undefined) throw new BackendAnswerError("the backend answered without a decision");
    if (decision.case === "refuse") return refusedBy(decision.value);
    const terms = encodeTerms(termsOf(answer));
    const known = { ...(identity ?? nobody), trusted: { ...identity?.trusted, ...trustedOf(answer) } };
    const request = { ...attach.request, identity: known, terms };
    const held = decision.case === "hold";
    return { attach: { ...attach, request }, grants: underTerms(grants, terms), held };
  }

  #hooked(outcome: AdmissionOutcome, address: string | undefined): Soon<AdmissionOutcome> {
    if ("failure" in outcome) return outcome;
    const { attach, grants } = outcome;
    if (attach.kind === "resume")
      return { attach, grants: underTerms(grants, termsIn(attach.request.token)) };
    return this.#ask(outcome, address).catch((error: unknown) => {
      this.#parts.onError(error);
      return unavailable;
    });
  }

  permit(credentials: Credentials): Soon<Permit> {
    return onceKnown(this.#admission.permit(credentials), (permit) =>
      "failure" in permit
        ? permit
        : { grants: permit.grants, in: (sessionToken) => under(permit.in(sessionToken), sessionToken) },
    );
  }

  refresh(request: RefreshRequest): Soon<Permission> {
    // Without the token nobody knows which terms hold.
    if (parseToken(request.sessionToken) === undefined) return noTerms;
    return onceKnown(this.#admission.refresh(request), (permission) =>
      under(permission, request.sessionToken),
    );
  }
}

const nobody: JoinIdentity = { owner: "", trusted: {}, roomPeers: undefined, duplicates: undefined };

const unavailable: Refused = {
  failure: {
    reason: Reason.ADMISSION_UNAVAILABLE,
    message: "the admission backend did not answer",
    retryAfterMs: unavailableRetryMs,
  },
};

const noTerms: Refused = {
  failure: { reason: Reason.ACCESS_DENIED, message: "no session has this token" },
};

function under(permission: Permission, sessionToken: string): Permission {
  if ("failure" in permission) return permission;
  return { grants: underTerms(permission.grants, termsIn(sessionToken)) };
}

function refusedBy({ message, retryAfter }: Refuse): Refused {
  // One line of plain text: it goes into headers, logs and pages.
  const line = firstCharacters(message.replaceAll(/\p{Cc}+/gu, " "), messageLength);
  const failure = { reason: Reason.ADMISSION_REFUSED, message: line === "" ? "you are not admitted" : line };
  if (retryAfter === undefined) return { failure };
  return { failure: { ...failure, retryAfterMs: Math.max(0, durationMs(retryAfter)) } };
}

/** The terms in an answer. Throws a BackendAnswerError if its grants exclude one another. */
function termsOf({ grants, icePolicy }: AdmitResponse): Terms {
  const names = grants && new Set(grantNames.filter((name) => grants.names.includes(name)));
  const conflict = names && conflictIn(names);
  if (conflict !== undefined) throw new BackendAnswerError(`grants: ${conflict}`);
  return { grants: names, icePolicy };
}

/** What a backend says about a peer. Throws a BackendAnswerError if it is too much. */
function trustedOf({ trusted }: AdmitResponse): Readonly<Record<string, string>> {
  if (Object.keys(trusted).length <= mostTrusted && metadataSize(trusted) <= trustedBytes) return trusted;
  throw new BackendAnswerError(
    `the backend says too much about a peer: at most ${mostTrusted} entries and ${trustedBytes} bytes`,
  );
}
