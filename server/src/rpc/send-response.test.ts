import { fromBinary } from "@bufbuild/protobuf";
import { Reason, SendSignalsResponseSchema } from "@parley/contract";
import { expect, test } from "vitest";
import type { Submission } from "../switchboard/batch.ts";
import { encodeResponse } from "./send-response.ts";

const leave = (seq: number): Submission => ({ kind: "leave", seq });

/** The index of each rejection, in a batch of so many submissions with these signals between that are none. */
function indexesOf(count: number, skipped: readonly number[], rejected: readonly number[]) {
  const submissions = Array.from({ length: count }, (_, index) => leave(index + 1));
  const rejections = rejected.map((index) => ({
    seq: index + 1,
    index,
    reason: Reason.MAILBOX_FULL,
    message: "full",
    to: "bob",
    toSession: 0,
    negotiationId: "",
  }));
  const batch = { submissions, skipped, refreshes: [], ack: 0 };
  const response = fromBinary(SendSignalsResponseSchema, encodeResponse(count, rejections, batch));
  return response.rejected.map(({ batchIndex }) => batchIndex);
}

test("a rejection has the index of its signal in the request", () => {
  expect(indexesOf(3, [], [0, 2])).toEqual([0, 2]);
});

test("signals that became no submission count", () => {
  expect(indexesOf(3, [0, 2, 3], [0, 1, 2])).toEqual([1, 4, 5]);
});
