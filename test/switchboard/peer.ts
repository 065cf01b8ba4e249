import { randomBytes } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { Reason, reasonName, SignalRequestSchema } from "@parley/contract";
import type { RelaySubmission, Submission, SubmitOutcome } from "../../server/src/switchboard/batch.ts";
import type { PeerId, RoomName } from "../../server/src/switchboard/names.ts";
import type {
  Attached,
  AttachOutcome,
  JoinRequest,
  ResumeRequest,
  Seat,
  Switchboard,
} from "../../server/src/switchboard/switchboard.ts";
import { Listener } from "./listener.ts";

const none = new Uint8Array(0);

/** A peer on one seat, as the tests drive it. */
export class Peer {
  readonly attached: Attached;
  readonly listener: Listener;
  sent = 0;

  constructor(attached: Attached, listener: Listener) {
    this.attached = attached;
    this.listener = listener;
    this.sent = attached.accepted;
  }

  get seat(): Seat {
    return this.attached.seat;
  }

  get token(): string {
    return this.attached.token;
  }

  get name(): string {
    return this.attached.seat.self.peerId;
  }

  /** Sends a signal of this name, numbered. */
  send(to: string, name: string): boolean {
    return this.seat.submit(signal(++this.sent, to, name));
  }
}

export interface Joining extends Partial<Omit<JoinRequest, "room" | "peerId">> {
  readonly capacity?: number;
  /** Do not pull at once. */
  readonly silent?: boolean;
}

export function joinRequest(room: string, peerId: string | undefined, joining: Joining = {}): JoinRequest {
  return {
    room: room as RoomName,
    peerId: peerId as PeerId | undefined,
    metadata: joining.metadata ?? {},
    nonce: joining.nonce ?? randomBytes(16),
    formerNonce: joining.formerNonce ?? none,
    attempt: joining.attempt ?? 0,
    ...(joining.identity === undefined ? {} : { identity: joining.identity }),
  };
}

/** Joins, and begins to read. */
export async function join(
  node: Switchboard,
  room: string,
  peerId: string | undefined,
  joining: Joining = {},
): Promise<Peer> {
  const listener = new Listener(joining.capacity);
  const outcome = await tryJoin(node, joinRequest(room, peerId, joining), listener);
  return begin(outcome, listener, joining.silent);
}

export interface Resuming
  extends Partial<Pick<ResumeRequest, "acked" | "rosterVersion" | "attempt" | "owner">> {
  readonly capacity?: number;
  /** Do not pull at once. */
  readonly silent?: boolean;
}

export async function resume(
  node: Switchboard,
  token: string,
  lastSeq: number,
  resuming: Resuming = {},
): Promise<Peer> {
  const listener = new Listener(resuming.capacity);
  return begin(await tryResume(node, token, lastSeq, resuming, listener), listener, resuming.silent);
}

function begin(outcome: AttachOutcome, listener: Listener, silent = false): Peer {
  if (!outcome.ok) throw new Error(`${reasonName(outcome.failure.reason)}: ${outcome.failure.message}`);
  const peer = new Peer(outcome, listener);
  if (!silent) peer.seat.pull();
  return peer;
}

export function tryJoin(
  node: Switchboard,
  request: JoinRequest,
  listener = new Listener(),
): Promise<AttachOutcome> {
  return new Promise((resolve) => node.join(request, listener, resolve));
}

export function tryResume(
  node: Switchboard,
  token: string,
  lastSeq: number,
  { acked = 0, rosterVersion = 0, attempt = 0, owner = "" }: Resuming = {},
  listener = new Listener(),
): Promise<AttachOutcome> {
  const request = { token, lastSeq, acked, rosterVersion, attempt, owner };
  return new Promise((resolve) => node.resume(request, listener, resolve));
}

/** Submits as the server does, which checks the token first. */
export function submit(
  node: Switchboard,
  token: string,
  submissions: readonly Submission[],
  ack = 0,
): Promise<SubmitOutcome> {
  const failure = node.tokenFailure(token);
  if (failure !== undefined) return Promise.resolve({ ok: false, failure });
  return new Promise((resolve) => node.submit(token, { submissions, ack }, resolve));
}

/** A candidate of the negotiation of this name; `bytes` pads it. */
export function signal(
  seq: number,
  to: string,
  name: string,
  { bytes = 0, toSession = 0 }: { bytes?: number; toSession?: number } = {},
): RelaySubmission {
  const candidate = { candidate: "x".repeat(bytes) };
  const payload = toBinary(
    SignalRequestSchema,
    create(SignalRequestSchema, { negotiationId: name, body: { case: "iceCandidate", value: candidate } }),
  );
  return { kind: "relay", seq, to: to as PeerId, toSession, payload };
}

export function rejectable(seq: number): Submission {
  const address = { to: "b", toSession: 0, negotiationId: "bad" };
  return { kind: "reject", seq, reason: Reason.SDP_INVALID, message: "no fingerprint", ...address };
}

export function update(seq: number, metadata: Readonly<Record<string, string>>): Submission {
  return { kind: "update", seq, metadata };
}

/** The name of the reason for which something was refused; `ok` where it was not. */
export function refusal(outcome: AttachOutcome | SubmitOutcome): string {
  return outcome.ok ? "ok" : reasonName(outcome.failure.reason);
}
