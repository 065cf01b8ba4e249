import type { Grants } from "../admission/grants.ts";
import type { IceOffer } from "../admission/ice-servers.ts";
import type { Timer, Timers } from "../time/timers.ts";
import { encodeUnnumbered } from "./unnumbered-response.ts";

/** What a renewal needs of its session. */
export interface IceRenewalHost {
  readonly timers: Timers;
  offer(grants: Grants): IceOffer;
  /** Takes an encoded `SignalResponse`. */
  write(response: Uint8Array): void;
}

/** Sends a session new ICE servers before the credentials of those that it has expire. */
export class IceRenewal {
  readonly #host: IceRenewalHost;
  #timer: Timer | undefined;

  constructor(host: IceRenewalHost) {
    this.#host = host;
  }

  /** The session has these servers now, by these grants. */
  watch({ renewAfterMs }: IceOffer, grants: Grants): void {
    this.stop();
    if (renewAfterMs !== undefined)
      this.#timer = this.#host.timers.after(renewAfterMs, () => this.renew(grants));
  }

  /** Sends the servers that these grants permit now. */
  renew(grants: Grants): void {
    const offer = this.#host.offer(grants);
    this.watch(offer, grants);
    this.#host.write(encodeUnnumbered({ case: "iceServers", value: { servers: [...offer.servers] } }));
  }

  stop(): void {
    this.#host.timers.cancel(this.#timer);
    this.#timer = undefined;
  }
}
