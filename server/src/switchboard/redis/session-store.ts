import { randomBytes } from "node:crypto";
import type { Clock } from "../../time/clock.ts";
import type { PeerId, RoomName } from "../names.ts";
import type { Failure, Rejection, SwitchboardLimits } from "../switchboard.ts";
import { rejectionsOf } from "./control-entry.ts";
import type { EncodedSubmission } from "./encoded-submission.ts";
import { fetchCount } from "./mailbox-reader.ts";
import { readCause, type StoredEntry } from "./node-channel.ts";
import type { Argument } from "./redis-connection.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import { nodeScripts, type RedisScript, roomScripts } from "./redis-script.ts";
import {
  readAttachment,
  readStanding,
  type Standing,
  type StoredAttachment,
  standingFields,
  text,
} from "./stored-session.ts";

/** A session, wherever it is attached. */
export interface SessionAddress {
  readonly room: RoomName;
  readonly sessionId: string;
}

/** One attachment of a session. */
export interface AttachmentAddress extends SessionAddress {
  readonly epoch: number;
}

export interface JoinCall {
  readonly room: RoomName;
  readonly sessionId: string;
  readonly peerId: PeerId;
  /** Whether the client asked for this `peerId`. */
  readonly chosen: boolean;
  readonly metadata: string;
  readonly nonce: string;
  readonly secretHash: string;
}

/** A session of a room, as a census finds it. */
export interface HeldSession extends AttachmentAddress {
  /** The node that has its stream; empty if it is away. */
  readonly node: string;
  /** Whether the end of its resume window is noted. */
  readonly isDue: boolean;
}

/** What a token proves a session by, beside its address. */
export interface TokenProof {
  readonly secretHash: string;
  /** Whom the token names. The script compares it, since signals bear this name. */
  readonly peerId: PeerId;
}

/** Who submits: the seat by its epoch, or somebody by a token of the session. */
export type Proof = { readonly epoch: number } | TokenProof;

/** What is known where a batch is submitted. */
export interface Known {
  readonly ack: number;
  /** The newest entry that was handed out; -1 where that is not known. Asked again at each try. */
  cursor(): number;
  /** The newest number that is known to be accepted. */
  readonly accepted: number;
}

export type StoredOutcome =
  | { readonly kind: "ok"; readonly accepted: number; readonly rejected: readonly Rejection[] }
  /** The session has ended; without a cause when it left. */
  | {
      readonly kind: "over";
      readonly accepted: number;
      readonly rejected: readonly Rejection[];
      readonly cause: Failure | undefined;
    }
  | { readonly kind: "gap"; readonly accepted: number; readonly message: string }
  | { readonly kind: "fenced"; readonly node: string }
  | { readonly kind: "gone" }
  | { readonly kind: "lost" };

/** How long to wait for room in the mailbox of a recipient that is attached, in milliseconds, try by try. */
const mailboxPatienceMs = [10, 20, 40, 80, 160, 320];

/** The sessions of all nodes, as they stand in Redis: each method is one call of a script. */
export class SessionStore {
  /** A seat reports what it handed out at least after so many entries. */
  readonly reportEvery: number;
  readonly #link: RedisLink;
  readonly #keys: RedisKeys;
  readonly #limits: SwitchboardLimits;
  readonly #clock: Clock;
  readonly #offsetMs: () => number;
  readonly #nodeId: () => string;

  constructor(
    link: RedisLink,
    keys: RedisKeys,
    limits: SwitchboardLimits,
    clock: Clock,
    offsetMs: () => number,
    nodeId: () => string,
  ) {
    this.reportEvery = Math.max(1, Math.floor(limits.mailboxSignals / 4));
    this.#link = link;
    this.#keys = keys;
    this.#limits = limits;
    this.#clock = clock;
    this.#offsetMs = offsetMs;
    this.#nodeId = nodeId;
  }

  /** The same store for what is asked, the first time and again, only while it is wanted. */
  while(isWanted: () => boolean): SessionStore {
    return new SessionStore(
      this.#link.while(isWanted),
      this.#keys,
      this.#limits,
      this.#clock,
      this.#offsetMs,
      this.#nodeId,
    );
  }

  async join(call: JoinCall): Promise<StoredAttachment | { ok: false; failure: Failure }> {
    const { room, sessionId, peerId, chosen, metadata, nonce, secretHash } = call;
    const { duplicatePeerId, roomPeers } = this.#limits;
    const reply = await this.#run(roomScripts.join, room, [
      sessionId,
      peerId,
      chosen ? "1" : "0",
      metadata,
      nonce,
      secretHash,
      duplicatePeerId,
      String(roomPeers),
    ]);
    return readAttachment(reply);
  }

  /** Undefined where there is no such session. */
  async resume(
    { room, sessionId }: SessionAddress,
    { secretHash, peerId }: TokenProof,
    lastSeq: number,
    acked: number,
  ): Promise<StoredAttachment | { ok: false; failure: Failure } | undefined> {
    const args = [sessionId, secretHash, peerId, String(lastSeq), String(acked)];
    const reply = await this.#run(roomScripts.resume, room, args);
    return text(reply[0]) === "gone" ? undefined : readAttachment(reply);
  }

  /** Takes a batch. While the mailbox of a recipient is full that may be read yet, it waits a moment. */
  async submit(
    { room, sessionId }: SessionAddress,
    proof: Proof,
    submissions: readonly EncodedSubmission[],
    known: Known,
  ): Promise<StoredOutcome> {
    const rejected: Rejection[] = [];
    let { accepted } = known;
    let rest = submissions;
    for (let tries = 0; ; tries++) {
      // An unnumbered signal is recognised, when a call is sent again, by the call.
      const call = rest.every(({ numbered }) => numbered) ? "" : randomBytes(9).toString("base64url");
      const patience = mailboxPatienceMs[tries];
      const reply = await this.#run(roomScripts.submit, room, [
        sessionId,
        ...("epoch" in proof
          ? ["epoch", String(proof.epoch), ""]
          : ["secret", proof.secretHash, proof.peerId]),
        String(known.ack),
        String(known.cursor()),
        String(accepted),
        call,
        patience === undefined ? "1" : "0",
        ...rest.flatMap(({ args }) => args),
      ]);
      const status = text(reply[0]);
      if (status === "fenced") return { kind: "fenced", node: text(reply[1]) };
      if (status === "gone" || status === "lost") return { kind: status };
      if (text(reply[4]) !== "0") await this.#schedule(room, text(reply[4]));
      accepted = Number(reply[1]);
      rejected.push(...rejectionsOf(text(reply[2])));
      switch (status) {
        case "ok":
          return { kind: "ok", accepted, rejected };
        case "over":
          return { kind: "over", accepted, rejected, cause: readCause(text(reply[3])) };
        case "gap":
          return { kind: "gap", accepted, message: `expected seq ${accepted + 1}, got ${Number(reply[3])}` };
      }
      rest = rest.slice(Number(reply[3]));
      await new Promise<void>((resolve) => this.#clock.after(patience ?? 0, resolve));
    }
  }

  async report(seat: AttachmentAddress, ack: number, cursor: number): Promise<void> {
    await this.#run(roomScripts.report, seat.room, addressArgs(seat, ack, cursor));
  }

  /** @param wentMs when the stream went, by the clock of Redis. */
  async detach(seat: AttachmentAddress, ack: number, cursor: number, wentMs: number): Promise<void> {
    const due = await this.#link.run(
      roomScripts.detach,
      [this.#keys.room(seat.room)],
      [...this.#prelude(), ...addressArgs(seat, ack, cursor), String(wentMs)],
    );
    if (text(due) !== "0") await this.#schedule(seat.room, text(due));
  }

  async abandon(seat: AttachmentAddress): Promise<void> {
    await this.#run(roomScripts.abandon, seat.room, [seat.sessionId, String(seat.epoch)]);
  }

  /** The next entries of a mailbox, `fetchCount` at most. */
  async fetch({ room, sessionId }: SessionAddress, after: number): Promise<StoredEntry[]> {
    const mailbox = this.#keys.mailbox(room, sessionId);
    const from = String(after + 1);
    const reply = await this.#link.command("XRANGE", mailbox, from, "+", "COUNT", String(fetchCount));
    return (reply as [Buffer, [Buffer, Buffer]][]).map(([id, [, stored]]) => ({
      seq: Number.parseInt(text(id), 10),
      stored,
    }));
  }

  async standing({ room, sessionId }: SessionAddress): Promise<Standing> {
    const key = this.#keys.session(room, sessionId);
    const reply = await this.#link.command("HMGET", key, ...standingFields);
    return readStanding(reply as (Buffer | null)[]);
  }

  /** Who is in a room. Notes again when the windows of those who are away are over. */
  async census(room: RoomName): Promise<HeldSession[]> {
    const reply = (await this.#link.run(roomScripts.census, [this.#keys.room(room)], [])) as Buffer[];
    const sessions: HeldSession[] = [];
    let firstMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 3 < reply.length; i += 4) {
      const [sessionId, node, epoch, due] = reply.slice(i, i + 4).map(text) as [
        string,
        string,
        string,
        string,
      ];
      sessions.push({ room, sessionId, node, epoch: Number(epoch), isDue: due !== "" });
      if (due !== "") firstMs = Math.min(firstMs, Number(due));
    }
    if (firstMs !== Number.POSITIVE_INFINITY) await this.#schedule(room, String(firstMs));
    return sessions;
  }

  /** Ends the sessions of a room whose window is over; returns when to look again, in ms as text, or "0". */
  async reap(room: RoomName): Promise<string> {
    const next = await this.#link.run(roomScripts.reap, [this.#keys.room(room)], this.#prelude());
    return text(next);
  }

  /** Takes the sessions of a dead node from it, which expire at `untilMs` by the clock of Redis. */
  async bereave(room: RoomName, deadNode: string, untilMs: number): Promise<void> {
    const args = [...this.#prelude(), deadNode, String(untilMs)];
    const due = await this.#link.run(roomScripts.bereave, [this.#keys.room(room)], args);
    if (text(due) !== "0") await this.#schedule(room, text(due));
  }

  /** The rooms that are to be looked at now, each with the time that was noted. */
  async dueRooms(count: number): Promise<{ room: RoomName; noted: string }[]> {
    const args = [String(this.#offsetMs()), String(count)];
    const reply = (await this.#link.run(nodeScripts.due, [this.#keys.schedule], args)) as Buffer[];
    const due: { room: RoomName; noted: string }[] = [];
    for (let i = 0; i + 1 < reply.length; i += 2) {
      due.push({ room: text(reply[i]) as RoomName, noted: text(reply[i + 1]) });
    }
    return due;
  }

  /** Replaces the time that was noted for a room, unless another was noted meanwhile. */
  async reschedule(room: RoomName, noted: string, next: string): Promise<void> {
    await this.#link.run(nodeScripts.schedule, [this.#keys.schedule], [room, noted, next]);
  }

  /** Notes that a room is to be looked at, not later than then. */
  async #schedule(room: RoomName, dueMs: string): Promise<void> {
    await this.#link.command("ZADD", this.#keys.schedule, "LT", dueMs, room);
  }

  async #run(script: RedisScript, room: RoomName, args: readonly Argument[]): Promise<readonly unknown[]> {
    const reply = await this.#link.run(script, [this.#keys.room(room)], [...this.#prelude(), ...args]);
    return Array.isArray(reply) ? reply : [reply];
  }

  #prelude(): string[] {
    const { mailboxSignals, mailboxBytes, resumeWindowMs } = this.#limits;
    return [
      String(this.#offsetMs()),
      String(mailboxSignals),
      String(mailboxBytes),
      String(resumeWindowMs),
      this.#nodeId(),
      this.#keys.channels,
    ];
  }
}

function addressArgs({ sessionId, epoch }: AttachmentAddress, ack: number, cursor: number): string[] {
  return [sessionId, String(epoch), String(ack), String(cursor)];
}
