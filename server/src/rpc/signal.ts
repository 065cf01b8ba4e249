import { signalRequests } from "../session/first-message.ts";
import type { SessionHost } from "../session/session-host.ts";
import type { OpenCall } from "./call.ts";
import { PeerCall } from "./peer-call.ts";

/** `SignalingService.Signal`: a session over one full-duplex stream. */
export function openSignal(host: SessionHost): OpenCall {
  return (call) => new PeerCall(call, host, signalRequests);
}
