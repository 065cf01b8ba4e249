export * from "./google/rpc/error_details_pb.ts";
export * from "./parley/v1/admin_pb.ts";
export * from "./parley/v1/admission_pb.ts";
export * from "./parley/v1/signaling_pb.ts";
export { reasonName, reasonOf } from "./reason-names.ts";
export {
  ERROR_DOMAIN,
  type ReasonEntry,
  type RetryName,
  reasonEntry,
  reasons,
  retryOf,
  type StatusName,
} from "./reasons.ts";
export { remedyOf } from "./remedies.ts";
