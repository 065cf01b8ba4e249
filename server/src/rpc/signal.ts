import { signalRequests } from "../session/first-message.ts";
import type { SessionContext } from "../session/session-context.ts";
import type { OpenCall } from "./call.ts";
import { PeerCall } from "./peer-call.ts";

/** `SignalingService.Signal`: a session over one full-duplex stream. */
export function openSignal(context: SessionContext): OpenCall {
  return (call) => new PeerCall(call, context, signalRequests);
}
