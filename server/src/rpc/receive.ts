import { receiveRequest } from "../session/first-message.ts";
import type { SessionHost } from "../session/session-host.ts";
import type { OpenCall } from "./call.ts";
import { PeerCall } from "./peer-call.ts";

/** `SignalingService.Receive`: the receiving half of a session. */
export function openReceive(host: SessionHost): OpenCall {
  return (call) => new PeerCall(call, host, receiveRequest);
}
