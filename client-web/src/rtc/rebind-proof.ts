/** What a `Rebind` proves: see docs/guide.md for the exact bytes. */
export interface RebindClaim {
  readonly negotiationId: string;
  /** The DTLS fingerprints of its sender, as `fingerprintsOf` spells them. */
  readonly sender: string;
  /** Those of its receiver. */
  readonly receiver: string;
  /** The session number of its sender. */
  readonly senderSession: number;
  /** That of its receiver. */
  readonly receiverSession: number;
}

/** The proof of a claim; undefined if the page is not secure and so has no WebCrypto. */
export async function rebindProof(claim: RebindClaim): Promise<Uint8Array | undefined> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) return undefined;
  const { negotiationId, sender, receiver, senderSession, receiverSession } = claim;
  const lines = ["parley rebind", negotiationId, sender, receiver, senderSession, receiverSession];
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  return new Uint8Array(await subtle.digest("SHA-256", bytes));
}

/** Whether two proofs are the same. */
export function sameProof(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
