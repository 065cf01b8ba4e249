import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type Peer,
  type PeerSchema,
  type SignalRequest,
  type SignalResponse,
  SignalResponseSchema,
} from "@parley/contract";
import type {
  BatchAnswer,
  SessionStream,
  SessionTransport,
  StreamInit,
} from "../session/session-transport.ts";
import type { SignalingError } from "../signaling-error.ts";

/** A batch that a session sent, which the test answers. */
export class FakeBatch {
  readonly requests: readonly SignalRequest[];
  readonly answered: Promise<BatchAnswer | undefined>;
  #resolve: (answer: BatchAnswer | undefined) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(requests: readonly SignalRequest[], signal: AbortSignal) {
    this.requests = requests.map((request) => ({ ...request }));
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    signal.addEventListener("abort", () => this.#reject(new Error("aborted")));
  }

  get seqs(): number[] {
    return this.requests.map(({ seq }) => seq);
  }

  get kinds(): (string | undefined)[] {
    return this.requests.map(({ body }) => body.case);
  }

  answer(answer?: Partial<BatchAnswer>): void {
    this.#resolve({ ack: Math.max(0, ...this.seqs), rejected: [], ...answer });
  }

  /** Takes it, and acknowledges by the stream only, as a full-duplex one does. */
  take(): void {
    this.#resolve(undefined);
  }

  fail(error: SignalingError): void {
    this.#reject(error);
  }
}

/** What a test says in a `Welcome`, beside what is always the same. */
export interface WelcomeInit {
  readonly sessionToken?: string;
  readonly you?: MessageInitShape<typeof PeerSchema>;
  readonly peers?: MessageInitShape<typeof PeerSchema>[];
  readonly rosterVersion?: number;
  readonly rosterUnchanged?: boolean;
  readonly iceServers?: { readonly urls: string[] }[];
  readonly icePolicy?: { readonly relayOnly?: boolean; readonly noPrivate?: boolean };
  readonly resumed?: boolean;
  readonly resumeWindow?: { readonly seconds: bigint };
}

/** A stream that a session opened, which the test plays the server of. */
export class FakeStream implements SessionStream {
  readonly init: StreamInit;
  readonly batches: FakeBatch[] = [];
  closed = false;
  #seq: number;
  /** The session numbers of the peers that the test has named, for the signals that they send. */
  readonly #sessions = new Map<string, number>();

  constructor(init: StreamInit) {
    this.init = init;
    this.#seq = init.start.case === "resume" ? init.start.value.lastSeq : 0;
  }

  get batch(): FakeBatch {
    const last = this.batches.at(-1);
    if (last === undefined) throw new Error("nothing was sent");
    return last;
  }

  send(requests: readonly SignalRequest[], signal: AbortSignal): Promise<BatchAnswer | undefined> {
    const batch = new FakeBatch(requests, signal);
    this.batches.push(batch);
    if (batch.kinds.every((kind) => kind === "heartbeat")) batch.take();
    return batch.answered;
  }

  close(): void {
    this.closed = true;
  }

  /** Says `Welcome`, with a heartbeat interval of ten seconds. */
  welcome(init: WelcomeInit = {}, ack = 0): void {
    this.say({
      ack,
      body: {
        case: "welcome",
        value: {
          sessionToken: "token",
          you: fakePeer("self", 50),
          resumed: this.init.start.case === "resume",
          heartbeatInterval: { seconds: 10n },
          limits: { signalBytes: 2000, batchSignals: 8, batchBytes: 16_384 },
          ...init,
        },
      },
    });
  }

  /** Says something that is not numbered. */
  say(init: MessageInitShape<typeof SignalResponseSchema>): SignalResponse {
    const response = create(SignalResponseSchema, init);
    const { body, sender } = response;
    if (body.case === "welcome") for (const peer of body.value.peers) this.#note(peer);
    if (body.case === "peerJoined" && body.value.peer !== undefined) this.#note(body.value.peer);
    response.senderSession ||= this.#sessions.get(sender) ?? 0;
    this.init.response(response);
    return response;
  }

  /** Says something under the next number. */
  tell(init: MessageInitShape<typeof SignalResponseSchema>): SignalResponse {
    return this.say({ seq: ++this.#seq, ...init });
  }

  end(error?: SignalingError): void {
    this.init.end(error);
  }

  #note({ peerId, session }: Peer): void {
    this.#sessions.set(peerId, session);
  }
}

/** A transport whose streams the test plays the server of. */
export class FakeTransport implements SessionTransport {
  answersHeartbeats = false;
  readonly streams: FakeStream[] = [];
  readonly last: { sessionToken: string; batch: readonly SignalRequest[] }[] = [];

  open(init: StreamInit): SessionStream {
    const stream = new FakeStream(init);
    this.streams.push(stream);
    return stream;
  }

  async sendLast(sessionToken: string, batch: readonly SignalRequest[]): Promise<void> {
    this.last.push({ sessionToken, batch });
  }

  /** The newest stream. */
  get stream(): FakeStream {
    const last = this.streams.at(-1);
    if (last === undefined) throw new Error("nothing was opened");
    return last;
  }
}

/**
 * A peer that joined so many milliseconds after the beginning, which also number its session; `fakePeer("self", 50)`
 * is this one.
 */
export function fakePeer(peerId: string, joinedAtMs: number): MessageInitShape<typeof PeerSchema> {
  return {
    peerId,
    session: joinedAtMs + 1,
    youArePolite: joinedAtMs < 50,
    joinedAt: timestampFromMs(joinedAtMs),
  };
}
