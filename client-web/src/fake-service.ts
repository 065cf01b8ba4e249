import { create } from "@bufbuild/protobuf";
import { Reason, RejectedSchema, type SignalRequest } from "@parley/contract";
import { type FakeClock, settle } from "./fake-clock.ts";
import { FakeConnection } from "./fake-connection.ts";
import { FakeStream, fakePeer } from "./fake-transport.ts";
import { Room } from "./room.ts";
import type { BatchAnswer, SessionTransport, StreamInit } from "./session-transport.ts";
import { SignalingClient } from "./signaling-client.ts";

/** A service of one room in which signals wait until the test delivers them. */
export class FakeService {
  readonly clock: FakeClock;
  /** What each peer has sent, in order: `offer 1a2b`, by the beginning of the negotiation's id. */
  readonly sent = new Map<string, string[]>();
  /** The next signals that are rejected, with a full mailbox. */
  rejecting = 0;
  readonly #streams = new Map<string, RelayStream>();
  readonly #waiting: { from: string; request: SignalRequest }[] = [];

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  /** Lets a peer in. Who joined earlier is impolite. */
  async join(peerId: string): Promise<Room> {
    const transport: SessionTransport = {
      open: (init) => {
        const stream = new RelayStream(init, (request) => this.#take(peerId, request));
        this.#streams.set(peerId, stream);
        return stream;
      },
      async sendLast() {},
    };
    const { clock } = this;
    const client = new SignalingClient({ transport, room: "room", clock, page: () => () => {} });
    const room = new Room(client, { clock, rtcConfiguration: {}, createConnection: FakeConnection.create });
    const connected = client.connect();
    await settle();
    const others = [...this.#streams.keys()].filter((name) => name !== peerId);
    const stream = this.#stream(peerId);
    stream.welcome({ peers: others.map((name, index) => fakePeer(name, index)) });
    await connected;
    for (const other of others) {
      this.#stream(other).say({ body: { case: "peerJoined", value: { peer: fakePeer(peerId, 60) } } });
    }
    await settle();
    return room;
  }

  /** Says something to a peer that no other peer has sent. */
  stream(peerId: string): FakeStream {
    return this.#stream(peerId);
  }

  /** Delivers what was sent until now, and what that leads to, until nobody has anything to say. */
  async deliver(): Promise<void> {
    await this.clock.advance(30);
    while (this.#waiting.length > 0) {
      for (const { from, request } of this.#waiting.splice(0)) {
        const { negotiationId, body } = request;
        if (body.case === "leave" || body.case === "heartbeat") continue;
        this.#streams.get(request.to)?.tell({ sender: from, negotiationId, body: body as never });
      }
      await this.clock.advance(30);
    }
  }

  #take(from: string, request: SignalRequest): boolean {
    if (request.body.case === "heartbeat") return true;
    const sent = this.sent.get(from) ?? [];
    this.sent.set(from, sent);
    sent.push(`${request.body.case} ${request.negotiationId.slice(0, 4)}`);
    if (this.rejecting > 0) {
      this.rejecting--;
      return false;
    }
    this.#waiting.push({ from, request });
    return true;
  }

  #stream(peerId: string): RelayStream {
    const stream = this.#streams.get(peerId);
    if (stream === undefined) throw new Error(`${peerId} has not joined`);
    return stream;
  }
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
          retryAfter: { seconds: 1n, nanos: 0 },
        }),
      ),
    };
  }
}
