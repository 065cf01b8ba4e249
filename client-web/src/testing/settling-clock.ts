import { FakeClock } from "../../../test/kit/fake-clock.ts";

/** The clock of all tests, which lets promises settle before and after each callback. */
export class SettlingClock extends FakeClock {
  override async advance(ms: number): Promise<void> {
    const until = this.now() + ms;
    do await settle();
    while (this.callNext(until));
  }
}

/** The digests that WebCrypto is computing. It works outside of the fake time, so `settle` waits for it. */
const digests = new Set<Promise<ArrayBuffer>>();
const { subtle } = globalThis.crypto;
const digest = subtle.digest.bind(subtle);
subtle.digest = (...args) => {
  const pending = digest(...args).finally(() => digests.delete(pending));
  digests.add(pending);
  return pending;
};

/** Lets everything run that waits on settled promises or on a digest. */
export async function settle(): Promise<void> {
  do {
    await Promise.allSettled(digests);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  } while (digests.size > 0);
}
