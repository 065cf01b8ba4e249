import { Reason } from "@parley/contract";
import type { Permission } from "../admission/admission.ts";
import { type Grants, openGrants } from "../admission/grants.ts";
import type { IceOffer } from "../admission/ice-servers.ts";
import type { Submission } from "../switchboard/batch.ts";
import { durationOf } from "../switchboard/entry.ts";
import type { Failure } from "../switchboard/failure.ts";
import { AccessExpiry } from "./access-expiry.ts";
import { IceRenewal } from "./ice-renewal.ts";
import { refreshOf } from "./refresh.ts";
import type { SessionContext, SessionSettings } from "./session-context.ts";
import { encodeUnnumbered } from "./unnumbered-response.ts";

/** What the sessions of one node share, as far as access needs it. */
export type AccessContext = Pick<
  SessionContext,
  "admission" | "iceServers" | "onError" | "revocations" | "timers"
> & { readonly settings: Pick<SessionSettings, "tokenWarningMs"> };

/** The session that has this access. */
export interface AccessHolder {
  /** Takes an encoded `SignalResponse`. */
  write(response: Uint8Array): void;
  /** Takes what the client has submitted, or the service on its behalf. */
  submit(submission: Submission): void;
  /** A newer access token is being verified: what the client sends waits until `verified`. */
  verifying(): void;
  verified(): void;
  /** Ends the stream for this cause. */
  end(cause: Failure): void;
}

/**
 * What a client may do in its session, over time: the grants of its access token, the end of that token, a newer token,
 * a revocation, and the ICE servers, whose credentials expire too.
 */
export class SessionAccess {
  readonly #context: AccessContext;
  readonly #holder: AccessHolder;
  #grants: Grants = openGrants;
  /** Absent if the grants do not end. */
  #expiry: AccessExpiry | undefined;
  /** Absent if the ICE servers do not expire. */
  #iceRenewal: IceRenewal | undefined;
  #isVerifying = false;
  #sessionToken = "";
  /** Kept only if the grants end. */
  #limitedAs: string | undefined;

  constructor(context: AccessContext, holder: AccessHolder) {
    this.#context = context;
    this.#holder = holder;
  }

  /** What the client may do now. */
  get grants(): Grants {
    return this.#grants;
  }

  /** Names the session; empty until it is open. */
  get sessionToken(): string {
    return this.#sessionToken;
  }

  /** Whether a newer access token is being verified. */
  get isVerifying(): boolean {
    return this.#isVerifying;
  }

  /**
   * The client is admitted.
   *
   * @param limitedAs as in `Caller`
   */
  admitted(grants: Grants, limitedAs: string | undefined): void {
    this.#grants = grants;
    if (grants.expiresAt !== undefined) this.#limitedAs = limitedAs;
  }

  /** The session is open. Its token carries the terms that hold whatever access token its client presents later. */
  opened(sessionToken: string): void {
    this.#sessionToken = sessionToken;
  }

  /** The client has these ICE servers: from now on they and the access token are watched until `stop`. */
  watch(ice: IceOffer): void {
    if (this.#grants.expiresAt !== undefined) this.#watchExpiry();
    if (ice.renewAfterMs !== undefined) this.#renewal().watch(ice, this.#grants);
  }

  /** Lets the admission decide about a newer access token, which the client sent with this number. */
  refresh(seq: number, accessToken: string): void {
    const { admission, onError } = this.#context;
    const permission = admission.refresh({
      accessToken,
      limitedAs: this.#limitedAs,
      owner: this.#grants.owner,
      sessionToken: this.#sessionToken,
    });
    if (!(permission instanceof Promise)) return this.#holder.submit(refreshOf(seq, permission));
    this.#isVerifying = true;
    this.#holder.verifying();
    permission
      .then((late) => this.#decided(seq, late))
      .catch((error) => {
        this.#holder.end({ reason: Reason.INTERNAL, message: "internal error" });
        onError(error);
      });
  }

  /** A newer access token was accepted, here or on another way. */
  refreshed(grants: Grants): void {
    const before = this.#grants;
    this.#grants = grants;
    if (this.#grants.turn !== before.turn) this.#renewal().renew(this.#grants);
    this.#expiry?.watch(this.#grants);
    // On its way from another node, the newer token may have been revoked.
    this.checkRevoked();
  }

  /** Ends the session if its access token was revoked. */
  checkRevoked(): void {
    const { token } = this.#grants;
    if (token === undefined || this.#context.revocations.refusal(token) === undefined) return;
    this.#holder.submit({ kind: "end", seq: 0, cause: "revoked" });
  }

  /** The stream is over. */
  stop(): void {
    this.#expiry?.stop();
    this.#iceRenewal?.stop();
  }

  #decided(seq: number, permission: Permission): void {
    this.#isVerifying = false;
    this.#holder.submit(refreshOf(seq, permission));
    this.#holder.verified();
  }

  #watchExpiry(): void {
    const { timers, settings } = this.#context;
    this.#expiry = new AccessExpiry(timers, settings.tokenWarningMs, {
      expiring: (inMs) =>
        this.#holder.write(
          encodeUnnumbered({ case: "tokenExpiring", value: { expiresIn: durationOf(inMs) } }),
        ),
      expired: () => this.#holder.submit({ kind: "end", seq: 0, cause: "expired" }),
    });
    this.#expiry.watch(this.#grants);
  }

  /** Made when it is first needed. */
  #renewal(): IceRenewal {
    const { timers, iceServers } = this.#context;
    this.#iceRenewal ??= new IceRenewal({
      timers,
      offer: (grants) => iceServers.offer(grants),
      write: (response) => this.#holder.write(response),
    });
    return this.#iceRenewal;
  }
}
