import { fromBinary } from "@bufbuild/protobuf";
import { RefreshSchema } from "@parley/contract";
import type { Permission } from "../admission/admission.ts";
import { MalformedError } from "../codec/field-reader.ts";
import type { Submission } from "../switchboard/batch.ts";
import { noteOf } from "./note.ts";
import { refusedRefresh } from "./submission.ts";

/** The access token of an encoded `Refresh`. Throws MalformedError. */
export function readRefresh(bytes: Uint8Array): string {
  try {
    return fromBinary(RefreshSchema, bytes).accessToken;
  } catch {
    throw new MalformedError("not a Refresh");
  }
}

/** What a newer access token becomes once it was looked at: it reaches the stream of the session, or is rejected. */
export function refreshOf(seq: number, permission: Permission): Submission {
  if ("failure" in permission) return refusedRefresh(seq, permission.failure);
  return noteOf(seq, { grants: permission.grants });
}
