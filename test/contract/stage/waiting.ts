/** Long enough for a busy machine, in milliseconds. */
const deadlineMs = 10_000;

/** Waits until a condition holds that no event reports. */
export async function until(condition: () => boolean, what: () => string): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
