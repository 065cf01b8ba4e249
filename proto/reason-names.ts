import { Reason } from "./parley/v1/signaling_enums.ts";

/** The reason as `google.rpc.ErrorInfo.reason` has it: UPPER_SNAKE_CASE, without prefix. */
export function reasonName(reason: Reason): string {
  const names = Object.keys(Reason) as (keyof typeof Reason)[];
  return names.find((name) => Reason[name] === reason) ?? String(reason);
}

/** The reason of a name that `reasonName` made; `UNSPECIFIED` for one that this version does not know. */
export function reasonOf(name: string): Reason {
  return Object.hasOwn(Reason, name) ? Reason[name as keyof typeof Reason] : Reason.UNSPECIFIED;
}
