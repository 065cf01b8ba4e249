import type { MessageInitShape } from "@bufbuild/protobuf";
import type { JoinSchema, ResumeSchema, SignalRequestSchema } from "@parley/contract";
import type { Arrivals } from "./arrivals.ts";

export type First =
  | { readonly case: "join"; readonly value: MessageInitShape<typeof JoinSchema> }
  | { readonly case: "resume"; readonly value: MessageInitShape<typeof ResumeSchema> };

export type SignalInit = Omit<MessageInitShape<typeof SignalRequestSchema>, "$typeName">;

export interface Stream {
  readonly arrivals: Arrivals;
  send(token: string, signal: SignalInit): Promise<void>;
  /** Breaks it off, as a client that is gone does. */
  cut(): void;
}

/** One way into the service over TLS. */
export interface TlsWay {
  readonly name: string;
  open(url: string, ca: string, first: First): Stream;
}
