/** The messages of the contract as plain objects, and their encoding: for clients without protobuf-es. */
export * from "./parley/v1/signaling_enums.ts";
export * from "./parley/v1/signaling_plain.ts";
export { CodecError } from "./plain/codec-error.ts";
export { decode } from "./plain/decode.ts";
export { encode } from "./plain/encode.ts";
export type { MessageType } from "./plain/message-type.ts";
export { reasonName, reasonOf } from "./reason-names.ts";
export {
  ERROR_DOMAIN,
  type ReasonEntry,
  type RetryName,
  reasonEntry,
  retryOf,
  type StatusName,
} from "./reasons.ts";
