export * from "./google/rpc/error_details_pb.ts";
export * from "./parley/v1/signaling_pb.ts";
export { ERROR_DOMAIN, type ReasonEntry, reasonName, reasonOf, reasons, type Retry } from "./reasons.ts";
