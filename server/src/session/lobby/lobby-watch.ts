import { peerOf } from "../../switchboard/entry.ts";
import { lobbyOf, newWatcherName } from "../../switchboard/lobby.ts";
import type { RoomName } from "../../switchboard/names.ts";
import type { RosterChange } from "../../switchboard/roster.ts";
import type { AttachOutcome, MailboxEntry, Seat, SeatListener } from "../../switchboard/switchboard.ts";
import type { Timer } from "../../time/timers.ts";
import type { SessionContext } from "../session-context.ts";
import { encodeUnnumbered } from "../unnumbered-response.ts";
import { type Decision, encodeDecision } from "./decision.ts";
import { LobbyRoster } from "./lobby-room.ts";

/** When a watch that the engine ended begins again, in milliseconds. */
const againMs = 1000;

/** The stream of the client that watches. */
export interface WatchHost {
  /** Whether the stream takes nothing for now; `LobbyWatch.show` is called when it does again. */
  isBlocked(): boolean;
  /** Takes an encoded `SignalResponse`. */
  write(response: Uint8Array): void;
}

/** The view of one session into the lobby of its room. */
export class LobbyWatch implements SeatListener {
  readonly #context: Pick<SessionContext, "switchboard" | "timers">;
  readonly #room: RoomName;
  readonly #host: WatchHost;
  #seat: Seat | undefined;
  #roster = new LobbyRoster([]);
  /** Decisions that wait until the watch is back, by the session that they are about. */
  readonly #undelivered = new Map<number, Decision>();
  /** What the client knows. */
  #shown = "";
  #showing = false;
  #again: Timer | undefined;
  #over = false;

  constructor(context: Pick<SessionContext, "switchboard" | "timers">, room: RoomName, host: WatchHost) {
    this.#context = context;
    this.#room = lobbyOf(room);
    this.#host = host;
  }

  get gone(): boolean {
    return this.#over;
  }

  begin(): void {
    const watcher = { room: this.#room, peerId: newWatcherName(), metadata: {}, attempt: 0 };
    const join = { ...watcher, nonce: noNonce, formerNonce: noNonce };
    this.#context.switchboard.join(join, this, (outcome) => this.#entered(outcome));
  }

  /** Passes a decision on to the client that it is about. */
  decide(decision: Decision): void {
    const { peerId: to, session: toSession } = decision;
    const relay = { kind: "relay", seq: 0, to, toSession, payload: encodeDecision(decision) } as const;
    if (this.#seat !== undefined) this.#seat.submit(relay);
    // Those about others have no effect anyway.
    else if (this.#roster.has(toSession)) this.#undelivered.set(toSession, decision);
  }

  stop(): void {
    this.#over = true;
    this.#context.timers.cancel(this.#again);
    const seat = this.#seat;
    this.#seat = undefined;
    seat?.submit({ kind: "leave", seq: 0 });
    seat?.detach();
  }

  /** Only rejections of decisions about clients that are gone, as the list shows. */
  deliver({ seq }: MailboxEntry): boolean {
    this.#seat?.acknowledge(seq);
    return true;
  }

  rosterChanged(change: RosterChange): void {
    this.#roster.apply(change);
    if (this.#showing) return;
    this.#showing = true;
    // Changes that come together are one list.
    setImmediate(() => this.show());
  }

  accepted(): void {}
  mailboxFull(): void {}
  heard(): void {}
  noted(): void {}

  lost(): void {
    this.#seat = undefined;
    this.#beginAgain();
  }

  #entered(outcome: AttachOutcome): void {
    if (!outcome.ok) return this.#beginAgain();
    const { seat, roster } = outcome;
    this.#seat = seat;
    if (this.#over) return this.stop();
    this.#roster = new LobbyRoster(roster);
    const undelivered = [...this.#undelivered.values()];
    this.#undelivered.clear();
    for (const decision of undelivered) this.decide(decision);
    this.show();
    seat.pull();
  }

  #beginAgain(): void {
    if (this.#over) return;
    this.#again = this.#context.timers.after(againMs, () => this.begin());
  }

  /** Shows the client who waits, if that has changed. */
  show(): void {
    this.#showing = false;
    if (this.#over || this.#host.isBlocked()) return;
    const { waiting } = this.#roster;
    const shown = waiting.map(({ session, metadata }) => `${session} ${JSON.stringify(metadata)}`).join();
    if (shown === this.#shown) return;
    this.#shown = shown;
    const value = { waiting: waiting.map((member) => peerOf(member, false)) };
    this.#host.write(encodeUnnumbered({ case: "lobby", value }));
  }
}

const noNonce = new Uint8Array(0);
