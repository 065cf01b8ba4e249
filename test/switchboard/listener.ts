import { fromBinary } from "@bufbuild/protobuf";
import { Reason, reasonName, type SignalResponse, SignalResponseSchema } from "@parley/contract";
import type { Failure } from "../../server/src/switchboard/failure.ts";
import type { RosterChange } from "../../server/src/switchboard/roster.ts";
import type { MailboxEntry, SeatListener } from "../../server/src/switchboard/switchboard.ts";

/** A listener that keeps all that it gets. */
export class Listener implements SeatListener {
  /** Entries and roster changes in the order in which they came, in words. */
  readonly told: string[] = [];
  readonly changes: RosterChange[] = [];
  /** How often a signal for it found its mailbox full. */
  refusals = 0;
  onRefusal = (): void => {};
  readonly entries: { readonly seq: number; readonly response: SignalResponse }[] = [];
  acceptedSeq = 0;
  acceptedCalls = 0;
  /** What followed from newer access tokens. */
  readonly notes: string[] = [];
  readonly heardCalls: ("heartbeat" | "request")[] = [];
  /** How many entries it takes before it says that it has enough. */
  capacity: number;
  isLost = false;
  /** Whether the stream is over, as the engine sees it. */
  gone = false;
  cause: Failure | undefined;
  /** The calls that came although it was lost: must stay empty. */
  readonly afterLost: string[] = [];

  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.capacity = capacity;
  }

  deliver(entry: MailboxEntry): boolean {
    if (this.isLost) this.afterLost.push(`entry ${entry.seq}`);
    // A copy: the bytes of a response are views, and the payload is the engine's again.
    const response = fromBinary(SignalResponseSchema, Uint8Array.from(entry.payload));
    this.entries.push({ seq: entry.seq, response });
    this.told.push(describe(response));
    return this.entries.length < this.capacity;
  }

  rosterChanged(change: RosterChange): void {
    const text = describe(fromBinary(SignalResponseSchema, change.encoded));
    if (this.isLost) this.afterLost.push(text);
    this.changes.push(change);
    this.told.push(text);
  }

  mailboxFull(): void {
    if (this.isLost) this.afterLost.push("mailbox full");
    this.refusals++;
    this.onRefusal();
  }

  accepted(seq: number): void {
    if (this.isLost) this.afterLost.push(`accepted ${seq}`);
    if (seq < this.acceptedSeq) this.afterLost.push(`accepted ${seq} after ${this.acceptedSeq}`);
    this.acceptedSeq = seq;
    this.acceptedCalls++;
  }

  heard(heartbeat: boolean): void {
    if (this.isLost) this.afterLost.push("heard");
    this.heardCalls.push(heartbeat ? "heartbeat" : "request");
  }

  noted(text: string): void {
    if (this.isLost) this.afterLost.push("noted");
    this.notes.push(text);
  }

  lost(cause?: Failure): void {
    if (this.isLost) this.afterLost.push("lost");
    this.isLost = true;
    this.cause = cause;
  }

  get seqs(): number[] {
    return this.entries.map(({ seq }) => seq);
  }

  /** What came out of the mailbox: `signal n1 from a`, `rejected 3 MAILBOX_FULL`. */
  get mail(): string[] {
    return this.entries.map(({ response }) => describe(response));
  }

  /** How the roster changed: `joined b`, `updated b`, `left b EXPIRED`. */
  get roster(): string[] {
    return this.told.filter((text) => /^(joined|updated|left) /.test(text));
  }

  /** Only what other peers sent, by its negotiation. */
  get relayed(): string[] {
    return this.told.filter((text) => text.startsWith("signal "));
  }

  get causeName(): string | undefined {
    return this.cause === undefined ? undefined : reasonName(this.cause.reason);
  }
}

/** The names of `LeaveReason`, by their numbers. */
export const leaveReasons = ["UNSPECIFIED", "LEFT", "EXPIRED", "REPLACED", "OVERFLOWED", "LOST", "REMOVED"];

function describe({ body, sender, negotiationId }: SignalResponse): string {
  switch (body.case) {
    case "peerJoined":
      return `joined ${body.value.peer?.peerId}`;
    case "peerUpdated":
      return `updated ${body.value.peerId}`;
    case "peerLeft":
      return `left ${body.value.peerId} ${leaveReasons[body.value.reason]}`;
    case "rejected":
      return `rejected ${body.value.seq} ${reasonName(body.value.reason ?? Reason.UNSPECIFIED)}`;
    default:
      return `signal ${negotiationId} from ${sender}`;
  }
}
