import { fromBinary } from "@bufbuild/protobuf";
import { Reason, reasonName, type SignalResponse, SignalResponseSchema } from "@parley/contract";
import type { Failure, MailboxEntry, Recipient } from "../../server/src/switchboard/switchboard.ts";

/** A recipient that keeps all it is told. */
export class Listener implements Recipient {
  readonly entries: { readonly seq: number; readonly response: SignalResponse }[] = [];
  acceptedSeq = 0;
  acceptedCalls = 0;
  readonly heardCalls: ("heartbeat" | "request")[] = [];
  /** How many entries it takes before it says that it has enough. */
  capacity: number;
  isLost = false;
  /** Whether the stream is over, as the engine sees it. */
  gone = false;
  cause: Failure | undefined;
  /** What it was told although it was lost: must stay empty. */
  readonly afterLost: string[] = [];

  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.capacity = capacity;
  }

  deliver(entry: MailboxEntry): boolean {
    if (this.isLost) this.afterLost.push(`entry ${entry.seq}`);
    this.entries.push({ seq: entry.seq, response: fromBinary(SignalResponseSchema, entry.payload) });
    return this.entries.length < this.capacity;
  }

  accepted(seq: number): void {
    if (this.isLost) this.afterLost.push(`accepted ${seq}`);
    this.acceptedSeq = seq;
    this.acceptedCalls++;
  }

  heard(heartbeat: boolean): void {
    if (this.isLost) this.afterLost.push("heard");
    this.heardCalls.push(heartbeat ? "heartbeat" : "request");
  }

  lost(cause?: Failure): void {
    if (this.isLost) this.afterLost.push("lost");
    this.isLost = true;
    this.cause = cause;
  }

  get seqs(): number[] {
    return this.entries.map(({ seq }) => seq);
  }

  /** What came, in words: `offer 1 from a`, `joined b`, `left b EXPIRED`, `rejected 3 MAILBOX_FULL`. */
  get told(): string[] {
    return this.entries.map(({ response }) => describe(response));
  }

  /** Only what other peers sent, by its negotiation. */
  get relayed(): string[] {
    return this.told.filter((text) => text.startsWith("signal "));
  }

  get causeName(): string | undefined {
    return this.cause === undefined ? undefined : reasonName(this.cause.reason);
  }
}

const leaveReasons = ["UNSPECIFIED", "LEFT", "EXPIRED", "REPLACED", "OVERFLOWED", "LOST"];

function describe({ body, sender, negotiationId }: SignalResponse): string {
  switch (body.case) {
    case "peerJoined":
      return `joined ${body.value.peer?.peerId}`;
    case "peerLeft":
      return `left ${body.value.peerId} ${leaveReasons[body.value.reason]}`;
    case "rejected":
      return `rejected ${body.value.seq} ${reasonName(body.value.reason ?? Reason.UNSPECIFIED)}`;
    default:
      return `signal ${negotiationId} from ${sender}`;
  }
}
