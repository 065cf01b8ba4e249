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

  test("what would harm the recipient is rejected, and the rest goes on", async () => {
    const { relayed, rejected } = await relay(from, to, [refusedSignals.map(({ signal }) => signal)]);
    expect(relayed).toEqual([]);
    expect(rejected.map(({ seq, reason }) => [refusedSignals[seq - 1]?.what, reasonName(reason)])).toEqual(
      refusedSignals.map(({ what, reason }) => [what, reasonName(reason)]),
    );
  });
});
