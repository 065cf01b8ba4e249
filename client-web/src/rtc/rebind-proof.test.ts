import { expect, test } from "vitest";
import { rebindProof, sameProof } from "./rebind-proof.ts";

const claim = {
  negotiationId: "call-1",
  sender: "sha-256 AA:01",
  receiver: "sha-256 BB:02",
  senderSession: 7,
  receiverSession: 9,
};

test("the proof is that of the example in docs/guide.md", async () => {
  const proof = await rebindProof(claim);
  expect(Buffer.from(proof ?? []).toString("hex")).toBe(
    "ece743d99786dc20485581cf42d02f5ce64db5088311a0d7a611004127a87f7c",
  );
});

test("proofs are the same only if all bytes are", () => {
  const proof = Uint8Array.from({ length: 32 }, (_, at) => at);
  expect(sameProof(proof, proof.slice())).toBe(true);
  expect(sameProof(proof, proof.slice(0, 31))).toBe(false);
  expect(sameProof(proof, proof.with(31, 0))).toBe(false);
});
