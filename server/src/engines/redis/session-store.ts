import { randomBytes } from "node:crypto";
import { Reason } from "@parley/contract";
import type { Rejection } from "../../switchboard/batch.ts";
import type { EndCause } from "../../switchboard/directory.ts";
import type { Failure } from "../../switchboard/failure.ts";
import { isLobby, peerLimit } from "../../switchboard/lobby.ts";
import type { PeerId, RoomName } from "../../switchboard/names.ts";
import type { Member } from "../../switchboard/roster.ts";
import { seqTaken } from "../../switchboard/seq-taken.ts";
import type { JoinIdentity, SwitchboardLimits } from "../../switchboard/switchboard.ts";
import { type Observer, observeRejected } from "../../telemetry/observer.ts";
import type { Clock } from "../../time/clock.ts";
import { rejectionsOf } from "./control-entry.ts";
import type { EncodedSubmission } from "./encoded-submission.ts";
import { type Fetched, fetchCount } from "./mailbox-reader.ts";
import { encodeMetadata } from "./member-info.ts";
import { readCause, readEntries, readUndelivered, type Undelivered } from "./node-channel.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import { roomScripts } from "./redis-script.ts";
import type { RoomSchedule } from "./room-schedule.ts";
import type { RoomScripts } from "./room-scripts.ts";
import type { StoredRoster } from "./room-view.ts";
import { packArgument } from "./script-arguments.ts";
import { endingLetters } from "./script-messages.ts";
import type { AttachmentAddress, SessionAddress } from "./session-address.ts";
import {
  readAttachment,
  readEveryone,
  readRoster,
  readStanding,
  type Standing,
  type StoredAttachment,
  text,
} from "./stored-session.ts";

export interface JoinCall extends SessionAddress {
  readonly metadata: string;
  readonly metadataBytes: number;
  /** Hashes; empty without a nonce. */
  readonly nonce: string;
  readonly formerNonce: string;
  readonly secretHash: string;
  readonly joinHash: string;
  readonly attempt: number;
  readonly identity: JoinIdentity | undefined;
}

/** A session of a room, as a census finds it. */
export interface HeldSession extends AttachmentAddress {
  /** The node that has its stream; empty if it is away. */
  readonly node: string;
  /** Whether the end of its resume window is noted. */
  readonly isDue: boolean;
}

export interface ResumeCall extends SessionAddress {
  readonly secretHash: string;
  readonly lastSeq: number;
  readonly acked: number;
  readonly attempt: number;
}

/** Who submits: the seat, by its epoch, or the holder of a token, by the hash of its secret. */
export type Proof = { readonly epoch: number } | { readonly secretHash: string };

/** What is known where a batch is submitted. */
export interface Known {
  readonly ack: number;
  /** The newest entry that was handed out, and the epoch of the seat that did. Asked again at each try. */
  handedOut(): { readonly cursor: number; readonly epoch: number } | undefined;
  /** The newest number that is known to be accepted. */
  readonly accepted: number;
}

interface Taken {
  readonly accepted: number;
  readonly undelivered: Undelivered;
  readonly rejected: readonly Rejection[];
}

export type StoredOutcome =
  | (Taken & { readonly kind: "ok" })
  /** This batch has ended the session; without a cause if it left. */
  | (Taken & { readonly kind: "over"; readonly cause: Failure | undefined })
  /** A number did not follow: what stood before it was taken. */
  | (Taken & { readonly kind: "misnumbered"; readonly failure: Failure })
  | { readonly kind: "fenced"; readonly node: string }
  /** The session had ended; without a cause if it left or expired. */
  | { readonly kind: "ended"; readonly cause: Failure | undefined }
  | { readonly kind: "gone" };

/** How long to wait for room in the mailbox of a recipient that is attached, in milliseconds, try by try. */
const mailboxPatienceMs = [10, 20, 40, 80, 160, 320];

export interface SessionStoreParts {
  readonly scripts: RoomScripts;
  readonly schedule: RoomSchedule;
  readonly keys: RedisKeys;
  readonly limits: SwitchboardLimits;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** The sessions of all nodes, as Redis stores them: each method is one call of a script. */
export class SessionStore {
  /** A seat reports what it handed out at least after so many entries. */
  readonly reportEvery: number;
  readonly #link: RedisLink;
  readonly #parts: SessionStoreParts;
  readonly #scripts: RoomScripts;

  constructor(link: RedisLink, parts: SessionStoreParts) {
    this.reportEvery = Math.max(1, Math.floor(parts.limits.mailboxSignals / 4));
    this.#link = link;
    this.#parts = parts;
    this.#scripts = parts.scripts;
  }

  /** The same store for what is asked, the first time and again, only while it is wanted. */
  while(isWanted: () => boolean): SessionStore {
    return new SessionStore(this.#link.while(isWanted), this.#parts);
  }

  /** @param rosterVersion what the node knows of the roster; 0 for nothing. */
  async join(
    call: JoinCall,
    rosterVersion: number,
  ): Promise<StoredAttachment | { ok: false; failure: Failure }> {
    const { owner = "", trusted = {}, duplicates } = call.identity ?? {};
    const reply = await this.#scripts.run(this.#link, roomScripts.join, call.room, {
      sessionId: call.sessionId,
      peer: call.peerId,
      metadata: call.metadata,
      metadataBytes: String(call.metadataBytes),
      nonce: call.nonce,
      formerNonce: call.formerNonce,
      secret: call.secretHash,
      join: call.joinHash,
      policy: duplicates ?? this.#parts.limits.duplicatePeerId,
      attempt: String(call.attempt),
      knownVersion: String(rosterVersion),
      owner,
      trusted: Object.keys(trusted).length === 0 ? "" : encodeMetadata(trusted),
      mostPeers: String(peerLimit(call, this.#parts.limits)),
    });
    return readAttachment(reply);
  }

  /** Undefined if there is no such session. */
  async resume(
    call: ResumeCall,
    rosterVersion: number,
  ): Promise<StoredAttachment | { ok: false; failure: Failure } | undefined> {
    const reply = await this.#scripts.run(this.#link, roomScripts.resume, call.room, {
      sessionId: call.sessionId,
      peer: call.peerId,
      secret: call.secretHash,
      lastSeq: String(call.lastSeq),
      acked: String(call.acked),
      attempt: String(call.attempt),
      knownVersion: String(rosterVersion),
    });
    return text(reply[0]) === "gone" ? undefined : readAttachment(reply);
  }

  /** Takes a batch. While the mailbox of a recipient is full that may be read yet, it waits a moment. */
  async submit(
    address: SessionAddress,
    proof: Proof,
    submissions: readonly EncodedSubmission[],
    known: Known,
  ): Promise<StoredOutcome> {
    const rejected: Rejection[] = [];
    let { accepted } = known;
    let taken = 0;
    for (let tries = 0; ; tries++) {
      const rest = taken === 0 ? submissions : submissions.slice(taken);
      // An unnumbered signal is recognised, when a call is sent again, by the call.
      const call = rest.every(({ numbered }) => numbered) ? "" : randomBytes(9).toString("base64url");
      const patience = mailboxPatienceMs[tries];
      const handedOut = known.handedOut();
      const script = rest.some(({ stores }) => stores) ? roomScripts.submit : roomScripts.submitEvenIfFull;
      const args = {
        sessionId: address.sessionId,
        peer: address.peerId,
        secret: "secretHash" in proof ? proof.secretHash : "",
        state: packArgument("state", {
          epoch: "epoch" in proof ? proof.epoch : 0,
          ack: known.ack,
          handed: handedOut?.cursor ?? 0,
          handedEpoch: handedOut?.epoch ?? 0,
          known: accepted,
          final: patience === undefined ? 1 : 0,
        }),
        call,
      };
      const items = rest.flatMap(({ args }) => args);
      const reply = await this.#scripts.run(this.#link, script, address.room, args, items);
      const status = text(reply[0]);
      if (status === "fenced") return { kind: "fenced", node: text(reply[1]) };
      if (status === "ended") return { kind: "ended", cause: readCause(text(reply[1])) };
      if (status === "gone") return { kind: "gone" };
      accepted = Number(reply[1]);
      const undelivered = readUndelivered(reply[2] as Buffer);
      const refused = rejectionsOf(text(reply[3]), taken);
      rejected.push(...refused);
      if (!isLobby(address.room)) this.#observe(Number(reply[5]), refused, submissions);
      switch (status) {
        case "ok":
          return { kind: "ok", accepted, undelivered, rejected };
        case "over":
          return { kind: "over", accepted, undelivered, rejected, cause: readCause(text(reply[4])) };
        case "gap": {
          const message = `expected seq ${accepted + 1}, got ${Number(reply[4])}`;
          const failure = { reason: Reason.SEQ_GAP, message };
          return { kind: "misnumbered", accepted, undelivered, rejected, failure };
        }
        case "taken": {
          const failure = seqTaken(accepted + 1, Number(reply[4]));
          return { kind: "misnumbered", accepted, undelivered, rejected, failure };
        }
      }
      taken += Number(reply[4]);
      await new Promise<void>((resolve) => this.#parts.clock.after(patience ?? 0, resolve));
    }
  }

  /** @param relays how many signals for others the script has taken, stored or rejected. */
  #observe(relays: number, refused: readonly Rejection[], submissions: readonly EncodedSubmission[]): void {
    const { observer } = this.#parts;
    let stored = relays;
    for (const { reason, index } of refused) {
      observeRejected(observer, reason);
      if (submissions[index]?.relays) stored--;
    }
    if (stored > 0) observer.relayed(stored);
  }

  async report(seat: AttachmentAddress, ack: number, cursor: number): Promise<void> {
    await this.#scripts.run(this.#link, roomScripts.report, seat.room, seatArguments(seat, ack, cursor));
  }

  /** @param wentMs when the stream went, by the clock of Redis. */
  async detach(seat: AttachmentAddress, ack: number, cursor: number, wentMs: number): Promise<void> {
    const args = { ...seatArguments(seat, ack, cursor), wentMs: String(wentMs) };
    const [due] = await this.#scripts.run(this.#link, roomScripts.detach, seat.room, args);
    if (text(due) !== "0") await this.#parts.schedule.expect(seat.room, text(due));
  }

  async abandon(seat: AttachmentAddress): Promise<void> {
    await this.#scripts.run(this.#link, roomScripts.abandon, seat.room, {
      sessionId: seat.sessionId,
      peer: seat.peerId,
      epoch: String(seat.epoch),
    });
  }

  /** Ends the session that holds a name, or all sessions of a room; returns how many. */
  async remove(room: RoomName, peerId: PeerId | undefined, cause: EndCause): Promise<number> {
    const [count] = await this.#scripts.run(this.#link, roomScripts.remove, room, {
      peer: peerId ?? "",
      ending: endingLetters[cause],
    });
    return Number(count);
  }

  /** The next entries of a mailbox: about `fetchCount`. */
  async fetch({ room, peerId, sessionId }: SessionAddress, after: number): Promise<Fetched> {
    const args = { sessionId, peer: peerId, after: String(after), count: String(fetchCount) };
    const [acked, last, ...batches] = await this.#scripts.run(this.#link, roomScripts.fetch, room, args);
    if (last === undefined) {
      const known = acked !== undefined;
      return { kind: "ended", cause: known ? readCause(text(acked)) : undefined, known };
    }
    const entries = batches.filter(Buffer.isBuffer).flatMap(readEntries);
    return { kind: "entries", acked: Number(acked), last: Number(last), entries };
  }

  async standing({ room, peerId, sessionId }: SessionAddress): Promise<Standing> {
    const reply = await this.#link.command("HMGET", this.#parts.keys.room(room), `p:${peerId}`, "h", "t");
    return readStanding(sessionId, reply as (Buffer | null)[]);
  }

  async roster(room: RoomName): Promise<StoredRoster> {
    return readRoster(await this.#scripts.run(this.#link, roomScripts.roster, room, {}));
  }

  /** The members of a room, with those that are hidden. */
  async everyone(room: RoomName): Promise<readonly Member[]> {
    return readEveryone(await this.#scripts.run(this.#link, roomScripts.roster, room, {}));
  }

  /** Who is in a room. Notes again when the windows of those who are away are over. */
  async census(room: RoomName): Promise<HeldSession[]> {
    const reply = (await this.#scripts.run(this.#link, roomScripts.census, room, {})) as [
      string,
      string,
      string,
      number,
      string,
    ][];
    const dues = reply.map(([, , , , due]) => text(due)).filter((due) => due !== "");
    if (dues.length > 0) await this.#parts.schedule.expect(room, String(Math.min(...dues.map(Number))));
    return reply.map(([id, peer, node, epoch, due]) => ({
      room,
      sessionId: text(id),
      peerId: text(peer) as PeerId,
      node: text(node),
      epoch: Number(epoch),
      isDue: text(due) !== "",
    }));
  }

  /** Ends the sessions of a room whose window is over; returns when to look again, in ms as text, or "0". */
  async reap(room: RoomName): Promise<string> {
    const [next] = await this.#scripts.run(this.#link, roomScripts.reap, room, {});
    return text(next);
  }

  /** Takes the sessions of a dead node from it, which expire at `untilMs` by the clock of Redis. */
  async orphan(room: RoomName, deadNode: string, untilMs: number): Promise<void> {
    const [due] = await this.#scripts.run(this.#link, roomScripts.orphan, room, {
      deadNode,
      untilMs: String(untilMs),
    });
    if (text(due) !== "0") await this.#parts.schedule.expect(room, text(due));
  }
}

function seatArguments({ sessionId, peerId, epoch }: AttachmentAddress, ack: number, cursor: number) {
  return { sessionId, peer: peerId, epoch: String(epoch), ack: String(ack), cursor: String(cursor) };
}
