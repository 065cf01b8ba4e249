/** The enums of the contract and the names of its reasons, without the codec: what code needs that only handles errors. */
export * from "./parley/v1/signaling_enums.ts";
export { reasonName, reasonOf } from "./reason-names.ts";
export type { RetryName } from "./reasons.ts";
