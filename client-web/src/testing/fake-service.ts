import { create } from "@bufbuild/protobuf";
import { LeaveReason, Reason, RejectedSchema, Retry, type SignalRequest } from "@parley/contract";
import { Room, type RoomOptions } from "../rtc/room.ts";
import type { BatchAnswer, SessionTransport, StreamInit } from "../session/session-transport.ts";
import { SignalingClient } from "../session/signaling-client.ts";
import { FakeConnection } from "./fake-connection.ts";
import { contractError } from "./fake-error.ts";
import { FakeStream, type WelcomeInit } from "./fake-transport.ts";
import { type SettlingClock, settle } from "./settling-clock.ts";

interface Member {
  readonly peerId: string;
  readonly session: number;
  readonly stream: RelayStream;
}

/** A service of one room in which signals wait until the test delivers them. */
export class FakeService {
  readonly clock: SettlingClock;
  /** What each peer has sent, in order: `offer 1a2b`, by the beginning of the negotiation's id. */
  readonly sent = new Map<string, string[]>();
  /** The next signals that are rejected, with a full mailbox. */
  rejecting = 0;
  /** Whether a new session is let in; until then, joins wait. */
  open = true;
  /** Of every peer that joins. */
  icePolicy: NonNullable<WelcomeInit["icePolicy"]> = {};
  readonly #members = new Map<string, Member>();
  #waiting: { from: Member; request: SignalRequest }[] = [];
  #sessions = 0;

  constructor(clock: SettlingClock) {
    this.clock = clock;
  }

  /** Lets a peer in. The one that joined earlier is impolite. */
  async join(peerId: string, options: RoomOptions = {}): Promise<Room> {
    const transport: SessionTransport = {
      open: (init) => {
        const stream: RelayStream = new RelayStream(init, (request) => this.#take(peerId, stream, request));
        queueMicrotask(() => this.#enter(peerId, stream));
        return stream;
      },
      async sendLast() {},
    };
    const { clock } = this;
    const reconnect = () => 100;
    const client = new SignalingClient({
      transport,
      room: "room",
      peerId,
      clock,
      reconnect,
      page: () => () => {},
    });
    const room = new Room(client, { clock, createConnection: FakeConnection.create, ...options });
    await client.connect();
    await settle();
    return room;
  }

  /** The stream of a peer, for what no other peer has sent. */
  stream(peerId: string): FakeStream {
    const member = this.#members.get(peerId);
    if (member === undefined) throw new Error(`${peerId} is not in the room`);
    return member.stream;
  }

  /** Ends a session; its client finds out, and begins a new one after 100 ms. */
  lose(peerId: string, reason: LeaveReason = LeaveReason.LOST): void {
    const member = this.#members.get(peerId);
    if (member === undefined) throw new Error(`${peerId} is not in the room`);
    this.#members.delete(peerId);
    const { session, stream } = member;
    for (const other of this.#members.values()) {
      other.stream.say({ body: { case: "peerLeft", value: { peerId, session, reason } } });
    }
    stream.end(contractError(Reason.SESSION_LOST, "lost"));
  }

  /** Forgets everything, as a service without storage that was started again. */
  restart(): void {
    const members = [...this.#members.values()];
    this.#members.clear();
    this.#waiting = [];
    this.#sessions = 0;
    for (const { stream } of members) stream.end(contractError(Reason.SESSION_NOT_FOUND, "forgotten"));
  }

  /** Delivers what was sent until now, and what that leads to, until nobody has anything to send. */
  async deliver(): Promise<void> {
    await this.clock.advance(30);
    while (this.#waiting.length > 0) {
      this.deliverNow();
      await this.clock.advance(30);
    }
  }

  /** Delivers what was sent until now, and lets no time pass. */
  deliverNow(): void {
    for (const { from, request } of this.#waiting.splice(0)) {
      const { negotiationId, body, to, toSession } = request;
      if (body.case === "leave" || body.case === "heartbeat") continue;
      const member = this.#members.get(to);
      if (member === undefined || (toSession !== 0 && toSession !== member.session)) continue;
      const { peerId: sender, session: senderSession } = from;
      member.stream.tell({ sender, senderSession, negotiationId, body: body as never });
    }
  }

  #enter(peerId: string, stream: RelayStream): void {
    if (!this.open) return;
    if (this.#members.has(peerId)) return stream.end(contractError(Reason.PEER_ID_TAKEN, "taken", 100));
    const member = { peerId, session: ++this.#sessions, stream };
    const others = [...this.#members.values()];
    this.#members.set(peerId, member);
    stream.welcome({
      you: peerOf(member, member),
      peers: others.map((other) => peerOf(other, member)),
      resumed: false,
      icePolicy: this.icePolicy,
    });
    for (const other of others) {
      other.stream.say({ body: { case: "peerJoined", value: { peer: peerOf(member, other) } } });
    }
  }

  #take(peerId: string, stream: RelayStream, request: SignalRequest): boolean {
    const from = this.#members.get(peerId);
    if (request.body.case === "heartbeat" || from?.stream !== stream) return true;
    const sent = this.sent.get(peerId) ?? [];
    this.sent.set(peerId, sent);
    sent.push(`${request.body.case} ${request.negotiationId.slice(0, 4)}`);
    if (this.rejecting > 0) {
      this.rejecting--;
      return false;
    }
    this.#waiting.push({ from, request });
    return true;
  }
}

/** A member as another sees it. */
function peerOf({ peerId, session }: Member, viewer: Member) {
  return { peerId, session, youArePolite: session < viewer.session };
}

class RelayStream extends FakeStream {
  readonly #take: (request: SignalRequest) => boolean;

  constructor(init: StreamInit, take: (request: SignalRequest) => boolean) {
    super(init);
    this.#take = take;
  }

  override async send(requests: readonly SignalRequest[]): Promise<BatchAnswer> {
    const refused = requests.filter((request) => !this.#take(request));
    return {
      ack: Math.max(0, ...requests.map(({ seq }) => seq)),
      rejected: refused.map(({ seq }) =>
        create(RejectedSchema, {
          seq,
          reason: Reason.MAILBOX_FULL,
          message: "full",
          retry: Retry.LATER,
          retryAfter: { seconds: 1n, nanos: 0 },
        }),
      ),
    };
  }
}
