import type { DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { SignalingService } from "@parley/contract";

/**
 * `Signal` and `Receive` as another contract would have them: the same names, but requests whose
 * bytes, and whose JSON, are none of ours. They make a client of any protocol send what no client of ours can.
 */
const foreign = { input: StringValueSchema };
export const foreignSignal = { ...SignalingService.method.signal, ...foreign } satisfies DescMethod;
export const foreignReceive = { ...SignalingService.method.receive, ...foreign } satisfies DescMethod;

/** A request that is none. */
export const foreignRequest: MessageInitShape<typeof StringValueSchema> = { value: "not of the contract" };
