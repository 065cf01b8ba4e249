export * from "./google/rpc/error_details_pb.ts";
export * from "./parley/v1/signaling_pb.ts";
export {
  ERROR_DOMAIN,
  type ReasonEntry,
  type Retry,
  reasonEntry,
  reasonName,
  reasonOf,
  reasons,
  type StatusName,
} from "./reasons.ts";
