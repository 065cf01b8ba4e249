import { expect, test } from "vitest";
import type { WaitOptions } from "../abortable.ts";
import { FakeSession } from "../testing/fake-session.ts";
import { settle } from "../testing/settling-clock.ts";
import type { SignalingClient } from "./signaling-client.ts";

const waits: Record<string, (client: SignalingClient, options: WaitOptions) => Promise<void>> = {
  send: (client, options) => client.send({ to: "b", kind: "offer", sdp: "v=0" }, options),
  setMetadata: (client, options) => client.setMetadata({ mic: "off" }, options),
  leave: (client, options) => client.leave(options),
};

test.each(Object.keys(waits))(
  "%s is given up by an AbortSignal, with its reason, and leaves nothing behind",
  async (name) => {
    const session = await new FakeSession().join();
    const abort = new AbortController();
    const wait = waits[name]?.(session.client, { signal: abort.signal });
    await settle();
    const why = new Error("the page changed its mind");
    abort.abort(why);
    await expect(wait).rejects.toMatchObject({ reason: "ABORTED", cause: why });
    session.client.close();
    await settle();
    expect(session.clock.pending).toBe(0);
  },
);

test.each(Object.keys(waits))(
  "%s with an AbortSignal that is aborted already rejects at once",
  async (name) => {
    const session = await new FakeSession().join();
    await expect(waits[name]?.(session.client, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      reason: "ABORTED",
    });
  },
);

test("a signal whose wait was given up arrives all the same, and its number is not used again", async () => {
  const session = await new FakeSession().join();
  const abort = new AbortController();
  const wait = session.client.send({ to: "b", kind: "offer", sdp: "v=0" }, { signal: abort.signal });
  await settle();
  abort.abort();
  await expect(wait).rejects.toMatchObject({ reason: "ABORTED" });
  expect(session.stream.batch.kinds).toEqual(["offer"]);
  session.stream.batch.answer();
  await session.send("bye");
  expect(session.stream.batch.kinds).toEqual(["bye"]);
  session.stream.batch.answer();
  expect(await session.told()).toContain("bye ok");
});

test("leave that was given up ends the session here", async () => {
  const session = await new FakeSession().join();
  await expect(session.client.leave({ signal: AbortSignal.abort() })).rejects.toMatchObject({
    reason: "ABORTED",
  });
  expect(session.client.state).toBe("closed");
  expect(session.stream.closed).toBe(true);
});
