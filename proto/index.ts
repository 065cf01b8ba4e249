export * from "./google/rpc/error_details_pb.ts";
export * from "./parley/v1/signaling_pb.ts";
export {
  ERROR_DOMAIN,
  type ReasonEntry,
  type RetryName,
  reasonEntry,
  reasonName,
  reasonOf,
  reasons,
  retryOf,
  type StatusName,
} from "./reasons.ts";
export { remedyOf } from "./remedies.ts";
