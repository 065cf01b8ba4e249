import { Reason } from "@parley/contract";
import type { Failure } from "../switchboard/failure.ts";
import { isHidden, nameOf } from "../switchboard/hidden.ts";
import { isLobby, roomOfLobby } from "../switchboard/lobby.ts";
import { parseToken, type SessionToken } from "../switchboard/session-token.ts";
import { type Access, coversRoom, type Grant } from "./access.ts";
import type {
  Admission,
  AdmissionOutcome,
  AdmissionRequest,
  AttachRequest,
  Credentials,
  Permission,
  Permit,
  RefreshRequest,
  Refused,
  Soon,
} from "./admission.ts";
import type { BadTokens } from "./bad-tokens.ts";
import { grantsOf } from "./grants.ts";
import { joinAs, mayBeNamed } from "./join-as.ts";
import { limited } from "./limited-admission.ts";
import type { Revocations } from "./revocations.ts";
import { amendGrants } from "./terms.ts";
import type { TokenVerifier } from "./token-verifier.ts";

/** Admits clients with a valid access token, to what it permits. */
export class TokenAdmission implements Admission {
  readonly #verifier: TokenVerifier;
  readonly #revocations: Revocations;
  readonly #badTokens: BadTokens;
  readonly #leewayMs: number;

  constructor(verifier: TokenVerifier, revocations: Revocations, badTokens: BadTokens, leewayMs: number) {
    this.#verifier = verifier;
    this.#revocations = revocations;
    this.#badTokens = badTokens;
    this.#leewayMs = leewayMs;
  }

  admit({ attach, authorization, limitedAs }: AdmissionRequest): Soon<AdmissionOutcome> {
    return this.#withAccess(bearerOf(authorization) ?? attach.accessToken, limitedAs, (access) => {
      const admitted = attachAs(access, attach);
      return "failure" in admitted ? admitted : { attach: admitted, grants: this.#grantsOf(access), access };
    });
  }

  permit({ authorization, limitedAs }: Credentials): Soon<Permit> {
    return this.#withAccess(bearerOf(authorization), limitedAs, (access) => {
      const grants = this.#grantsOf(access);
      return { grants, in: (sessionToken) => sessionRefusal(access, sessionToken) ?? { grants } };
    });
  }

  refresh({ accessToken, limitedAs, owner, sessionToken }: RefreshRequest): Soon<Permission> {
    return this.#withAccess(accessToken, limitedAs, (access) => {
      if (access.owner !== owner) return denied("this session belongs to another sub");
      const refused = sessionRefusal(access, sessionToken, "receive");
      return refused ?? { grants: this.#grantsOf(access) };
    });
  }

  #grantsOf(access: Access) {
    return grantsOf(access, this.#leewayMs);
  }

  #withAccess<Outcome>(
    token: string | undefined,
    limitedAs: string | undefined,
    decide: (access: Access) => Outcome | Refused,
  ): Soon<Outcome | Refused> {
    if (token === undefined || token === "") return { failure: required };
    const valid = (access: Access) => {
      const failure = this.#revocations.refusal(access);
      return failure === undefined ? decide(access) : { failure };
    };
    const known = this.#verifier.recall(token);
    if (known !== undefined) return valid(known);
    const waitMs = this.#badTokens.wait(limitedAs);
    if (waitMs > 0) return limited("too many access tokens of this address were invalid", waitMs);
    return this.#verifier.verify(token).then((verified) => {
      if ("access" in verified) return valid(verified.access);
      this.#badTokens.note(limitedAs, verified.failure);
      return verified;
    });
  }
}

const required: Failure = {
  reason: Reason.ACCESS_TOKEN_REQUIRED,
  message: "this service requires an access token",
};

/** The token of a header `Authorization: Bearer` (RFC 6750); undefined if it has another scheme or is absent. */
function bearerOf(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}

function denied(message: string): Refused {
  return { failure: { reason: Reason.ACCESS_DENIED, message } };
}

/** What a stream asks for, under the name and the rights of its token. */
function attachAs(access: Access, attach: AttachRequest): AttachRequest | Refused {
  if (attach.kind === "resume") {
    const refused = sessionRefusal(access, attach.request.token, "receive");
    return refused ?? { ...attach, request: { ...attach.request, owner: access.owner } };
  }
  const request = joinAs(access, attach.request);
  const refused = coverage(access, "join", request.room, request.peerId);
  if (refused !== undefined) return refused;
  return access.grants.has("receive") ? { ...attach, request } : denied(missing("receive"));
}

/** Why a token does not cover the session of this token, or undefined if it does, or there is none. */
function sessionRefusal(access: Access, sessionToken: string, grant?: Grant): Refused | undefined {
  const session = parseToken(sessionToken);
  if (session === undefined) return undefined;
  return (
    coverage(access, grant, roomOfLobby(session.room), nameOf(session.peerId)) ?? appearance(access, session)
  );
}

/**
 * Refuses a token with which the session would have begun the other way: seen, or hidden. The others would learn too late who of
 * them is polite toward a peer that appears, so it has to join again.
 */
function appearance({ grants }: Access, { room, peerId, terms }: SessionToken): Refused | undefined {
  if (isLobby(room) || amendGrants(terms) || grants.has("hidden") === isHidden(peerId)) return undefined;
  return denied(
    isHidden(peerId)
      ? "this session is hidden, and the access token does not grant hidden: join again"
      : "the access token grants hidden, and this session is not: join again",
  );
}

/** Why a token does not cover this, or undefined if it does. */
function coverage(access: Access, grant: Grant | undefined, room: string, name: string): Refused | undefined {
  if (grant !== undefined && !access.grants.has(grant)) return denied(missing(grant));
  if (!coversRoom(access.rooms, room)) return denied("the access token does not permit this room");
  return mayBeNamed(access, name) ? undefined : denied("the access token permits only another peer_id");
}

function missing(grant: Grant): string {
  return `the access token does not grant ${grant}`;
}
