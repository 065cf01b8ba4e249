import { create } from "@bufbuild/protobuf";
import { reasonName, SignalRequestSchema } from "@parley/contract";
import { describe, expect, test } from "vitest";
import { pairs, relay, relayedBytes } from "./relay.ts";
import { honestSignals, refusedSignals } from "./signals.ts";

describe.each(pairs)("from $from.name to $to.name", ({ from, to }) => {
  test("what stacks really send arrives, byte for byte", async () => {
    const { relayed, rejected } = await relay(from, to, [honestSignals.map(({ signal }) => signal)]);
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

  // Room for all of it, from one sender, however slowly its recipient reads.
  const roomy = ["--mailbox-bytes", `${8 * 1024 * 1024}`];
  test("a batch is as large as what it encodes, however many bytes its JSON takes", async () => {
    // In JSON, each of these line ends takes four bytes.
    const large = `v=0\r\n${"a\r\n".repeat(80_000)}`;
    const offers = Array.from(
      { length: 4 },
      () => ({ body: { case: "offer", value: { sdp: large } } }) as const,
    );
    const { relayed, rejected } = await relay(from, to, [offers], roomy);
    expect(rejected).toEqual([]);
    expect(relayed.map(({ body }) => body.case === "offer" && body.value.sdp === large)).toEqual(
      offers.map(() => true),
    );
  });

  test("what would harm the recipient is rejected, and the rest goes on", async () => {
    const { relayed, rejected } = await relay(from, to, [refusedSignals.map(({ signal }) => signal)]);
    expect(relayed).toEqual([]);
    expect(rejected.map(({ seq, reason }) => [refusedSignals[seq - 1]?.what, reasonName(reason)])).toEqual(
      refusedSignals.map(({ what, reason }) => [what, reasonName(reason)]),
    );
  });
});
