import type { SignalRequest, SignalResponse } from "@parley/contract/plain";
import type { PeerInfo } from "./peer-info.ts";

/** The relayed bodies: what one peer says to another. */
export type SignalBody =
  /** A session description of type `offer`. */
  | { readonly kind: "offer"; readonly sdp: string }
  /** A session description of type `answer`, or `pranswer` if it is provisional. */
  | { readonly kind: "answer"; readonly sdp: string; readonly provisional?: boolean }
  /** One ICE candidate; the end of candidates where `candidate.candidate` is empty (RFC 8838 section 8.2). */
  | { readonly kind: "ice-candidate"; readonly candidate: RTCIceCandidateInit }
  /** Ends one negotiation. `reason` is for people and logs, at most 256 bytes. */
  | { readonly kind: "bye"; readonly reason: string }
  /** Asks the peer to restart ICE by an offer of its own, or to replace the connection on both sides. */
  | { readonly kind: "restart"; readonly rebuild: boolean }
  /** Proves that this session continues an earlier one of the link; see docs/guide.md. 32 bytes. */
  | { readonly kind: "rebind"; readonly proof: Uint8Array };

/** A signal to another peer. */
export type OutgoingSignal = SignalBody & {
  /** The `peerId` of the recipient. */
  readonly to: string;
  /** The RTCPeerConnection that it belongs to. @default "" */
  readonly negotiationId?: string;
  /** The `PeerInfo.session` that is meant; 0 for the one that holds the name. @default 0 */
  readonly toSession?: number;
};

/** A signal of another peer. */
export type IncomingSignal = SignalBody & {
  readonly from: PeerInfo;
  readonly negotiationId: string;
  /** Its number in this session. */
  readonly seq: number;
};

/**
 * The request that carries a signal, without its number. Callers without types get what WebIDL would make of their
 * values, so that every request can be encoded; what is wrong with it, the service says.
 */
export function requestOf(signal: OutgoingSignal): SignalRequest {
  const { to, negotiationId = "", toSession = 0 } = signal;
  return {
    ...request(signalBody(signal)),
    to: String(to),
    negotiationId: String(negotiationId),
    toSession: toSession >>> 0,
  };
}

/** A request that is for no other peer. */
export function request(body: SignalRequest["body"]): SignalRequest {
  return { seq: 0, ack: 0, to: "", negotiationId: "", toSession: 0, body };
}

function signalBody(signal: SignalBody): SignalRequest["body"] {
  switch (signal.kind) {
    case "offer":
      return { case: "offer", value: { sdp: String(signal.sdp) } };
    case "answer":
      return { case: "answer", value: { sdp: String(signal.sdp), provisional: Boolean(signal.provisional) } };
    case "bye":
      return { case: "bye", value: { reason: String(signal.reason) } };
    case "restart":
      return { case: "restart", value: { rebuild: Boolean(signal.rebuild) } };
    case "rebind":
      return { case: "rebind", value: { proof: Uint8Array.from(signal.proof) } };
    case "ice-candidate": {
      const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = signal.candidate;
      return {
        case: "iceCandidate",
        value: {
          candidate: String(candidate ?? ""),
          ...(typeof sdpMid === "string" ? { sdpMid } : {}),
          ...(typeof sdpMLineIndex === "number" ? { sdpMLineIndex: sdpMLineIndex >>> 0 } : {}),
          ...(typeof usernameFragment === "string" ? { usernameFragment } : {}),
        },
      };
    }
    default:
      return { case: undefined };
  }
}

/** The relayed body of a response, if it has one. */
export function relayedBody({ body }: SignalResponse | SignalRequest): SignalBody | undefined {
  switch (body.case) {
    case "offer":
      return { kind: "offer", sdp: body.value.sdp };
    case "answer":
      return { kind: "answer", sdp: body.value.sdp, provisional: body.value.provisional };
    case "bye":
      return { kind: "bye", reason: body.value.reason };
    case "restart":
      return { kind: "restart", rebuild: body.value.rebuild };
    case "rebind":
      return { kind: "rebind", proof: body.value.proof };
    case "iceCandidate": {
      const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = body.value;
      return {
        kind: "ice-candidate",
        candidate: {
          candidate,
          // pion and webrtc-rs send "" for what they do not know; a browser looks for a section of that name.
          sdpMid: sdpMid || null,
          sdpMLineIndex: sdpMLineIndex ?? null,
          usernameFragment: usernameFragment || null,
        },
      };
    }
    default:
      return undefined;
  }
}
