import { receiveRequest } from "../session/first-message.ts";
import type { SessionContext } from "../session/session-context.ts";
import type { OpenCall } from "./call.ts";
import { PeerCall } from "./peer-call.ts";

/** `SignalingService.Receive`: the receiving half of a session. */
export function openReceive(context: SessionContext): OpenCall {
  return (call) => new PeerCall(call, context, receiveRequest);
}
