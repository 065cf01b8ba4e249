import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { SignalResponseSchema } from "@parley/contract";
import { durationOf } from "../switchboard/entry.ts";

type Body = NonNullable<MessageInitShape<typeof SignalResponseSchema>["body"]>;

/** Encodes what the service sends of its own accord: a `SignalResponse` that has no number and acknowledges nothing. */
export function encodeUnnumbered(body: Body): Uint8Array {
  return toBinary(SignalResponseSchema, create(SignalResponseSchema, { body }));
}

export const heartbeat = encodeUnnumbered({ case: "heartbeat", value: {} });

export function encodeGoAway(reconnectAfterMs: number): Uint8Array {
  return encodeUnnumbered({ case: "goAway", value: { reconnectAfter: durationOf(reconnectAfterMs) } });
}
