import type { PageListener } from "../session/page-lifecycle.ts";
import { SignalingClient } from "../session/signaling-client.ts";
import type { SignalingClientOptions } from "../session/signaling-client-options.ts";
import type { OutgoingSignal, SignalBody } from "../session/signals.ts";
import { SignalingError } from "../signaling-error.ts";
import { type FakeStream, FakeTransport, type WelcomeInit } from "./fake-transport.ts";
import { SettlingClock, settle } from "./settling-clock.ts";

/** A client on a fake transport and a fake clock, and a diary of what it reported. */
export class FakeSession {
  readonly clock = new SettlingClock();
  readonly transport = new FakeTransport();
  readonly client: SignalingClient;
  /** What was reported: events, and how each `send` came out. */
  readonly diary: string[] = [];
  /** The listener of the page; undefined once the client does not listen any more. */
  page: PageListener | undefined;

  constructor(options: Partial<SignalingClientOptions> = {}) {
    this.client = new SignalingClient({
      transport: this.transport,
      room: "room",
      clock: this.clock,
      reconnect: () => 100,
      page: (listener) => {
        this.page = listener;
        return () => {
          this.page = undefined;
        };
      },
      ...options,
    });
    const { client, diary } = this;
    client.on("peer", ({ peerId }) => diary.push(`+${peerId}`));
    client.on("peer-left", ({ peerId }, cause) => diary.push(`-${peerId} ${cause}`));
    client.on("signal", ({ kind, from, seq }) => diary.push(`${from.peerId}: ${kind} ${seq}`));
    client.on("state", (state, error) =>
      diary.push(error === undefined ? state : `${state} ${error.reason}`),
    );
    client.on("rejected", ({ reason }, { seq }) => diary.push(`rejected ${seq} ${reason}`));
    client.on("reset", ({ reason }) => diary.push(`reset ${reason}`));
    client.on("closed", (error) => diary.push(`closed ${error?.reason ?? ""}`.trimEnd()));
  }

  /** The newest stream. */
  get stream(): FakeStream {
    return this.transport.stream;
  }

  /** Joins, and forgets what was reported until then. */
  async join(welcome: WelcomeInit = {}): Promise<this> {
    const connected = this.client.connect();
    await settle();
    this.stream.welcome(welcome);
    await connected;
    this.diary.length = 0;
    return this;
  }

  /** Sends a signal, and writes down what becomes of it. */
  async send(kind: OutgoingSignal["kind"], sdp = "v=0"): Promise<void> {
    this.client.send({ to: "b", ...bodyOf(kind, sdp) }).then(
      () => this.diary.push(`${kind} ok`),
      (error: unknown) => {
        this.diary.push(`${kind} ${error instanceof SignalingError ? error.reason : String(error)}`);
      },
    );
    await settle();
  }

  /** What was reported since the last call. */
  async told(): Promise<string[]> {
    await settle();
    return this.diary.splice(0);
  }
}

function bodyOf(kind: SignalBody["kind"], sdp: string): SignalBody {
  switch (kind) {
    case "ice-candidate":
      return { kind, candidate: { candidate: "candidate:1" } };
    case "bye":
      return { kind, reason: "over" };
    case "restart":
      return { kind, rebuild: false };
    case "rebind":
      return { kind, proof: new Uint8Array(32) };
    default:
      return { kind, sdp };
  }
}
