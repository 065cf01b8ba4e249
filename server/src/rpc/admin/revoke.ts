import { hash } from "node:crypto";
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { MethodImpl } from "@connectrpc/connect";
import { type AdminService, Reason } from "@parley/contract";
import { callError } from "../call-error.ts";
import { type AdminContext, requireAdmin } from "./admin-context.ts";

/** `AdminService.Revoke`. */
export function revoke(context: AdminContext): MethodImpl<typeof AdminService.method.revoke> {
  return async ({ tokens, keep }, call) => {
    await requireAdmin(context, call);
    if (tokens.case === undefined || tokens.value === "") {
      const message = "sub or jti names the tokens";
      throw callError({ reason: Reason.MALFORMED_MESSAGE, message, field: "sub" });
    }
    const atMs = context.clock.wallTime();
    const untilMs = atMs + (keep === undefined ? context.tokenLifeMs : durationMs(keep));
    const { case: which, value } = tokens;
    const revoked =
      which === "sub"
        ? ({ kind: "owner", name: hash("sha256", value, "base64url") } as const)
        : ({ kind: "token", name: value } as const);
    await context.switchboard.revoke({ ...revoked, atMs: Math.floor(atMs), untilMs: Math.ceil(untilMs) });
    return {};
  };
}
