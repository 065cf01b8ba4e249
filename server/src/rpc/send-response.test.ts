import { fromBinary } from "@bufbuild/protobuf";
import { Reason, SendSignalsResponseSchema } from "@parley/contract";
import { expect, test } from "vitest";
import type { Submission } from "../switchboard/switchboard.ts";
import { encodeResponse } from "./send-response.ts";

const leave = (seq: number): Submission => ({ kind: "leave", seq });

/** The index of each rejection, in a batch of these numbers with these signals between that are none. */
function indexesOf(
  seqs: readonly number[],
  skipped: readonly number[],
  ack: number,
  rejected: readonly number[],
) {
  const batch = { submissions: seqs.map(leave), skipped, ack: 0 };
  const rejections = rejected.map((seq) => ({ seq, reason: Reason.MAILBOX_FULL, message: "full" }));
  const response = fromBinary(SendSignalsResponseSchema, encodeResponse(ack, rejections, batch));
  return response.rejected.map(({ batchIndex }) => batchIndex);
}

test("a rejection has the index of its signal in the request", () => {
  expect(indexesOf([4, 5, 6], [], 6, [4, 6])).toEqual([0, 2]);
});

test("signals that became no submission count", () => {
  expect(indexesOf([4, 5, 6], [0, 2, 3], 6, [4, 5, 6])).toEqual([1, 4, 5]);
});

test("signals that the server numbered count from the last one", () => {
  expect(indexesOf([0, 0, 0], [], 12, [10, 11, 12])).toEqual([0, 1, 2]);
});

test("a number of an earlier batch has no index", () => {
  expect(indexesOf([0], [], 12, [3])).toEqual([undefined]);
});
