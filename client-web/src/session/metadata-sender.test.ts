import { Reason, type SignalRequest } from "@parley/contract";
import { expect, test } from "vitest";
import type { SignalingError } from "../signaling-error.ts";
import { contractError } from "../testing/fake-error.ts";
import { SettlingClock, settle } from "../testing/settling-clock.ts";
import { type Metadata, MetadataSender } from "./metadata-sender.ts";

/** A sender whose updates wait until the test answers them. */
function scene() {
  const clock = new SettlingClock();
  const updates: { metadata: Metadata; accept(): void; reject(error: SignalingError): void }[] = [];
  const published: Metadata[] = [];
  const sender = new MetadataSender({
    clock,
    send: ({ body }: SignalRequest) =>
      new Promise<void>((accept, reject) => {
        if (body.case === "update") updates.push({ metadata: body.value.metadata, accept, reject });
      }),
    published: (metadata) => published.push(metadata),
  });
  return { clock, sender, updates, published };
}

test("updates that follow one another closely are one, and only the newest is sent", async () => {
  const { sender, updates, published } = scene();
  const done = ["1", "2", "3", "4"].map((mic) => sender.set({ mic }));
  await settle();
  expect(updates.map(({ metadata }) => metadata)).toEqual([{ mic: "4" }]);
  updates[0]?.accept();
  await Promise.all(done);
  expect(published).toEqual([{ mic: "4" }]);
});

test("what is set while an update is on its way follows it", async () => {
  const { sender, updates } = scene();
  const first = sender.set({ mic: "on" });
  await settle();
  const second = sender.set({ mic: "off" });
  updates[0]?.accept();
  await first;
  await settle();
  expect(updates[1]?.metadata).toEqual({ mic: "off" });
  updates[1]?.accept();
  await second;
});

test("an update that came too soon waits as long as the service asks for", async () => {
  const { clock, sender, updates, published } = scene();
  const done = sender.set({ mic: "on" });
  await settle();
  updates[0]?.reject(contractError(Reason.MAILBOX_FULL, "later", 200));
  await clock.advance(199);
  expect(updates.length).toBe(1);
  await clock.advance(1);
  updates[1]?.accept();
  await done;
  expect(published).toEqual([{ mic: "on" }]);
});

test("an update that breaks a rule rejects, and the next one is sent", async () => {
  const { sender, updates } = scene();
  const refused = sender.set({ name: "x".repeat(5_000) });
  await settle();
  updates[0]?.reject(contractError(Reason.METADATA_INVALID, "too long"));
  await expect(refused).rejects.toMatchObject({ reason: "METADATA_INVALID" });
  const done = sender.set({ name: "x" });
  await settle();
  updates[1]?.accept();
  await done;
});
