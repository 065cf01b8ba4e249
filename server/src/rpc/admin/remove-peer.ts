import type { MethodImpl } from "@connectrpc/connect";
import { type AdminService, Reason } from "@parley/contract";
import { isPeerId } from "../../switchboard/names.ts";
import { callError } from "../call-error.ts";
import { type AdminContext, removeFrom, requireAdmin, roomOf } from "./admin-context.ts";

/** `AdminService.RemovePeer`. */
export function removePeer(context: AdminContext): MethodImpl<typeof AdminService.method.removePeer> {
  return async ({ room, peerId }, call) => {
    await requireAdmin(context, call);
    if (!isPeerId(peerId)) {
      const message = "a peer is named by 1 to 64 characters of A-Z a-z 0-9 . _ ~ : @ + -";
      throw callError({ reason: Reason.PEER_ID_INVALID, message, field: "peer_id" });
    }
    return { sessions: await removeFrom(context, roomOf(room), peerId) };
  };
}
