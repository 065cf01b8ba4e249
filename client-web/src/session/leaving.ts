import type { SignalRequest } from "@parley/contract/plain";
import type { Clock } from "../clock.ts";
import { request } from "./signals.ts";

/** How long `leave` waits for its acknowledgement, in milliseconds. */
const leaveDeadlineMs = 3_000;

/** The wait of a session that has sent `Leave` on its stream. */
export class Leaving {
  /** Whether the service has acknowledged it; false also if nothing came in time. */
  readonly heard: Promise<boolean>;
  #settle: (heard: boolean) => void = () => {};

  /** @param send sends `Leave` after everything else that was sent, and resolves with its acknowledgement. */
  constructor(clock: Clock, send: (request: SignalRequest) => Promise<void>) {
    this.heard = new Promise((resolve) => {
      const stop = clock.after(leaveDeadlineMs, () => resolve(false));
      this.#settle = (heard) => {
        stop();
        resolve(heard);
      };
    });
    send(leaveRequest()).then(
      () => this.settle(true),
      () => this.settle(false),
    );
  }

  /** It came out like this. No effect the second time. */
  settle(heard: boolean): void {
    this.#settle(heard);
  }
}

export function leaveRequest(): SignalRequest {
  return request({ case: "leave", value: {} });
}
