/** One signal as a stack makes it, with the field names of W3C. */
export type VectorSignal =
  | { readonly kind: "offer" | "answer"; readonly sdp: string }
  | {
      readonly kind: "candidate";
      readonly candidate: string;
      readonly sdpMid?: string;
      readonly sdpMLineIndex?: number;
      readonly usernameFragment?: string;
    };

/** What a stack really sends, by scenario. */
export interface Vectors {
  readonly stack: string;
  readonly version: string;
  readonly scenarios: Readonly<Record<string, readonly VectorSignal[]>>;
  /** Scenarios that the stack refuses, and what it says. */
  readonly unsupported: Readonly<Record<string, string>>;
}
