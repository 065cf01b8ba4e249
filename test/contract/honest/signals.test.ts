import { create, toBinary } from "@bufbuild/protobuf";
import { reasonName, type SignalRequest, SignalRequestSchema, type SignalResponse } from "@parley/contract";
import { describe, expect, test } from "vitest";
import { Stage } from "../stage/stage.ts";
import { type SignalInit, type Way, ways } from "../ways/index.ts";
import { type HonestSignal, honestSignals, refusedSignals } from "./signals.ts";

/** The bytes of what is relayed, whichever message holds it. */
function relayedBytes({ negotiationId, body }: SignalRequest | SignalResponse): string {
  const request = create(SignalRequestSchema, { negotiationId, body } as SignalInit);
  return Buffer.from(toBinary(SignalRequestSchema, request)).toString("hex");
}

/** Sends signals one by one, and returns what reaches the recipient and what comes back rejected. */
async function play(from: Way, to: Way, signals: readonly HonestSignal[]) {
  await using stage = await Stage.start(from);
  const alice = await stage.join("alice");
  const bob = await stage.join("bob", { way: to });
  await alice.hear();
  for (const { signal } of signals) await alice.send({ to: "bob", ...signal });
  await alice.send({ to: "bob", body: { case: "bye", value: { reason: "the last" } } });
  await alice.acked();
  const isLast = ({ body }: SignalResponse) => body.case === "bye" && body.value.reason === "the last";
  while (!bob.responses.some(isLast)) await bob.hear();
  const relayed = bob.responses.filter((response) => response.sender === "alice" && !isLast(response));
  const rejected = alice.responses.flatMap(({ body }) => (body.case === "rejected" ? [body.value] : []));
  return { relayed, rejected };
}

describe.each(ways.map((from, index) => ({ from, to: ways[(index + 1) % ways.length] ?? from })))(
  "from $from.name to $to.name",
  ({ from, to }) => {
    test("what stacks really send arrives, byte for byte", async () => {
      const { relayed, rejected } = await play(from, to, honestSignals);
      const refusals = rejected.map(({ seq, reason, message }) => {
        return `${honestSignals[seq - 1]?.what}: ${reasonName(reason)}, ${message}`;
      });
      expect(refusals).toEqual([]);
      expect(relayed).toHaveLength(honestSignals.length);
      for (const [index, { what, signal }] of honestSignals.entries()) {
        const response = relayed[index];
        expect(response && relayedBytes(response), what).toBe(
          relayedBytes(create(SignalRequestSchema, signal)),
        );
      }
    });

    test("what would harm the recipient is rejected, and the rest goes on", async () => {
      const { relayed, rejected } = await play(from, to, refusedSignals);
      expect(relayed).toEqual([]);
      expect(rejected.map(({ seq, reason }) => [refusedSignals[seq - 1]?.what, reasonName(reason)])).toEqual(
        refusedSignals.map(({ what, reason }) => [what, reasonName(reason)]),
      );
    });
  },
);
