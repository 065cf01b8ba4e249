import { AdminService } from "@parley/contract";
import type { Route } from "../call.ts";
import { openTyped, type TypedCallOptions } from "../typed-call.ts";
import type { AdminContext } from "./admin-context.ts";
import { closeRoom } from "./close-room.ts";
import { removePeer } from "./remove-peer.ts";
import { revoke } from "./revoke.ts";

/** `AdminService`. */
export function adminRoutes(context: AdminContext, options: TypedCallOptions): Route[] {
  const { method } = AdminService;
  return [
    { method: method.revoke, open: openTyped(method.revoke, revoke(context), options) },
    { method: method.removePeer, open: openTyped(method.removePeer, removePeer(context), options) },
    { method: method.closeRoom, open: openTyped(method.closeRoom, closeRoom(context), options) },
  ];
}
