import { create, toBinary } from "@bufbuild/protobuf";
import { type SignalRequest, SignalRequestSchema, type SignalResponse } from "@parley/contract";
import { Stage } from "../stage/stage.ts";
import { type SignalInit, type Way, ways } from "../ways/index.ts";

/** Every way in as the sender's, with another one as the recipient's. */
export const pairs = ways.map((from, index) => ({ from, to: ways[(index + 1) % ways.length] ?? from }));

/** The bytes of what is relayed, whichever message holds it. */
export function relayedBytes({ negotiationId, body }: SignalRequest | SignalResponse): string {
  const request = create(SignalRequestSchema, { negotiationId, body } as SignalInit);
  return Buffer.from(toBinary(SignalRequestSchema, request)).toString("hex");
}

/** Sends signals in batches, and returns what reaches the recipient and what comes back rejected. */
export async function relay(
  from: Way,
  to: Way,
  batches: readonly (readonly SignalInit[])[],
  flags: readonly string[] = [],
) {
  await using stage = await Stage.start(from, flags);
  const alice = await stage.join("alice");
  const bob = await stage.join("bob", { way: to });
  await alice.hear();
  for (const [index, batch] of batches.entries()) {
    await alice.send(...batch.map((signal) => ({ to: "bob", ...signal })));
    const last = `the last of batch ${index}`;
    await alice.send({ to: "bob", body: { case: "bye", value: { reason: last } } });
    const isLast = ({ body }: SignalResponse) => body.case === "bye" && body.value.reason === last;
    while (!bob.responses.some(isLast)) await bob.hear();
    await bob.heartbeat(bob.heard);
  }
  await alice.acked();
  const relayed = bob.responses.filter(({ sender, body }) => {
    return sender === "alice" && !(body.case === "bye" && body.value.reason.startsWith("the last of"));
  });
  const rejected = alice.responses.flatMap(({ body }) => (body.case === "rejected" ? [body.value] : []));
  return { relayed, rejected };
}
