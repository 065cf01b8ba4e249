import { create } from "@bufbuild/protobuf";
import { SignalResponseSchema } from "@parley/contract";
import { encode, SignalRequest } from "@parley/contract/plain";
import { expect, test } from "vitest";
import { type OutgoingSignal, relayedBody, requestOf } from "./signals.ts";

const attribute = "candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host";

function candidateOf(value: { sdpMid?: string; sdpMLineIndex?: number; usernameFragment?: string }) {
  const body = { case: "iceCandidate", value: { candidate: attribute, ...value } } as const;
  return relayedBody(create(SignalResponseSchema, { seq: 1, sender: "bob", body }));
}

test("a candidate with an empty mid and an empty ufrag, as pion and webrtc-rs make it, goes by its index", () => {
  expect(candidateOf({ sdpMid: "", sdpMLineIndex: 0, usernameFragment: "" })).toEqual({
    kind: "ice-candidate",
    candidate: { candidate: attribute, sdpMid: null, sdpMLineIndex: 0, usernameFragment: null },
  });
});

test("a candidate with a mid and a ufrag keeps them", () => {
  const value = { sdpMid: "0", sdpMLineIndex: 1, usernameFragment: "Vx3k" };
  expect(candidateOf(value)).toEqual({
    kind: "ice-candidate",
    candidate: { candidate: attribute, ...value },
  });
});

test.each<[string, object]>([
  ["a description without SDP", { kind: "offer" }],
  ["null for SDP", { kind: "answer", sdp: null, provisional: "yes" }],
  ["a fraction for an index", { kind: "ice-candidate", candidate: { sdpMLineIndex: -0.5 } }],
  ["a number for a reason", { kind: "bye", reason: 5 }],
  ["a word for a boolean", { kind: "restart", rebuild: "no" }],
  ["a kind that does not exist", { kind: "shout" }],
  ["no recipient", { kind: "bye", reason: "", to: undefined, toSession: null, negotiationId: 7 }],
])("%s, from callers without types, can be encoded: the service says what is wrong", (_, signal) => {
  const request = requestOf({ to: "b", ...signal } as OutgoingSignal);
  expect(encode(SignalRequest, request).length).toBeGreaterThan(0);
});
