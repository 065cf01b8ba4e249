import type { MethodImpl } from "@connectrpc/connect";
import type { AdminService } from "@parley/contract";
import { type AdminContext, removeFrom, requireAdmin, roomOf } from "./admin-context.ts";

/** `AdminService.CloseRoom`. */
export function closeRoom(context: AdminContext): MethodImpl<typeof AdminService.method.closeRoom> {
  return async ({ room }, call) => {
    await requireAdmin(context, call);
    return { sessions: await removeFrom(context, roomOf(room), undefined) };
  };
}
