import {
  type SessionState as ClientState,
  type Clock,
  type SignalingClient,
  type SignalTrace,
  systemClock,
} from "../../src/index.ts";
import { errorWords } from "../error-words.ts";
import type { CallObserver, SeenSignal, SessionState } from "./call.ts";

/** Reports to the page what happens to a session, and each signal of it. */
export class SessionWatch {
  readonly #client: SignalingClient;
  readonly #observer: CallObserver;
  readonly #clock: Clock;
  /** Signals are numbered from 1 in each session. */
  #session = 0;
  #advice = "";
  #awaySince: number | undefined;
  #awayMs = 0;
  #resumes = 0;
  /** What came out of the mailbox, or went out again, since the last resume. */
  readonly #replayed = new Set<string>();

  constructor(client: SignalingClient, observer: CallObserver, clock = systemClock) {
    this.#client = client;
    this.#observer = observer;
    this.#clock = clock;
    client.on("state", (state, error) => {
      const exhausted = state === "reconnecting" && error?.reason === "CONNECTIONS_EXHAUSTED";
      this.#advice = exhausted ? errorWords(error.reason, error.message).advice : "";
      this.#moved(state);
    });
    // After each `Welcome`, which may be that of another node.
    client.on("roster", () => this.#show());
    client.on("reset", ({ reason, message }) => {
      this.#session++;
      this.#resumes = 0;
      this.#awaySince = undefined;
      observer.renewed(reason, message);
    });
    client.on("trace", (trace) => this.#signal(trace));
    client.on("closed", (error) => {
      if (error !== undefined) observer.closed(error.reason, error.message);
    });
    this.#show();
  }

  #moved(state: ClientState): void {
    if (state === "reconnecting") {
      this.#awaySince = this.#clock.now();
      this.#replayed.clear();
    }
    if (state === "open" && this.#awaySince !== undefined) {
      this.#awayMs = this.#clock.now() - this.#awaySince;
      this.#awaySince = undefined;
      this.#resumes++;
    }
    this.#show();
  }

  #signal(trace: SignalTrace): void {
    const { seq, rejected, ...signal } = trace;
    const key = `${this.#session}-${trace.direction}-${seq}`;
    if (trace.replayed) {
      this.#replayed.add(key);
      this.#show();
    }
    this.#observer.signal({
      ...signal,
      key,
      outcome: outcomeOf(trace),
      replayed: this.#replayed.has(key),
      ...(rejected === undefined ? {} : { reason: rejected }),
    });
  }

  #show(): void {
    const { server } = this.#client;
    this.#observer.session({
      phase: this.#phase(),
      resumes: this.#resumes,
      replayed: this.#replayed.size,
      awayMs: this.#awayMs,
      node: server === undefined ? "" : `${server.node} · ${server.version}`,
      nodeName: server?.node ?? "",
      via: viaWords[this.#client.via ?? "none"],
      advice: this.#advice,
    });
  }

  #phase(): SessionState["phase"] {
    const { state } = this.#client;
    if (state === "open") return this.#resumes > 0 ? "resumed" : "connected";
    return state === "idle" ? "connecting" : state;
  }
}

const viaWords = { websocket: "WebSocket", stream: "stream", poll: "polling", none: "" } as const;

function outcomeOf({ direction, ackedAfterMs, rejected }: SignalTrace): SeenSignal["outcome"] {
  if (rejected !== undefined) return "rejected";
  if (direction === "in") return "received";
  return ackedAfterMs === undefined ? "pending" : "acked";
}
