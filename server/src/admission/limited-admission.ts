import { Reason } from "@parley/contract";
import { parseToken } from "../switchboard/session-token.ts";
import type { Switchboard } from "../switchboard/switchboard.ts";
import { type Rate, RateLimiter } from "../time/rate-limiter.ts";
import {
  type Admission,
  type AdmissionOutcome,
  type AdmissionRequest,
  type AttachRequest,
  type Credentials,
  onceKnown,
  type Permission,
  type Permit,
  type RefreshRequest,
  type Refused,
  type Soon,
} from "./admission.ts";

/** How often those who may join do so. An office has one address, but each of its users a `sub`. */
export interface AdmissionRates {
  /** Resumes of one session. */
  readonly sessionResumes: Rate;
  /** Joins and resumes of one `sub`. */
  readonly subjectJoins: Rate;
  /** Joins and resumes in one room. */
  readonly roomJoins: Rate;
}

/** Limits how often clients that another admission admits join and resume. */
export class LimitedAdmission implements Admission {
  readonly #admission: Admission;
  readonly #switchboard: Pick<Switchboard, "tokenFailure">;
  readonly #sessions: RateLimiter;
  readonly #subjects: RateLimiter;
  readonly #rooms: RateLimiter;

  /** @param now in milliseconds, by a clock that is never set back. */
  constructor(
    admission: Admission,
    switchboard: Pick<Switchboard, "tokenFailure">,
    { sessionResumes, subjectJoins, roomJoins }: AdmissionRates,
    now: () => number,
  ) {
    this.#admission = admission;
    this.#switchboard = switchboard;
    this.#sessions = new RateLimiter(sessionResumes, now);
    this.#subjects = new RateLimiter(subjectJoins, now);
    this.#rooms = new RateLimiter(roomJoins, now);
  }

  admit(request: AdmissionRequest): Soon<AdmissionOutcome> {
    return onceKnown(this.#admission.admit(request), (outcome) => this.#limited(outcome));
  }

  permit(credentials: Credentials): Soon<Permit> {
    return this.#admission.permit(credentials);
  }

  refresh(request: RefreshRequest): Soon<Permission> {
    return this.#admission.refresh(request);
  }

  /** Only what was admitted counts: nobody else can use up what is left to a room or a subject. */
  #limited(outcome: AdmissionOutcome): AdmissionOutcome {
    if ("failure" in outcome) return outcome;
    const { kind, request } = outcome.attach;
    const { owner } = outcome.grants;
    // A stolen or made-up token would use up what is left to the client whose session it names.
    const failure = kind === "resume" ? this.#switchboard.tokenFailure(request.token, owner) : undefined;
    if (failure !== undefined) return { failure };
    const { room, sessionId } = placeOf(outcome.attach);
    const sessionMs = sessionId === undefined ? 0 : this.#sessions.take(sessionId);
    if (sessionMs > 0) return limited("this session is resumed too often", sessionMs);
    const subjectMs = owner === "" ? 0 : this.#subjects.take(owner);
    if (subjectMs > 0) return limited("this sub joins and resumes too often", subjectMs);
    const roomMs = room === undefined ? 0 : this.#rooms.take(room);
    return roomMs > 0 ? limited("too many join and resume in this room", roomMs) : outcome;
  }
}

/** Where a client joins, or which session it resumes. */
function placeOf({ kind, request }: AttachRequest): { readonly room?: string; readonly sessionId?: string } {
  return kind === "join" ? { room: request.room } : (parseToken(request.token) ?? {});
}

export function limited(message: string, retryAfterMs: number): Refused {
  return { failure: { reason: Reason.RATE_LIMITED, message, retryAfterMs } };
}
