import { createHash } from "node:crypto";
import {
  type OutgoingSignal,
  type SignalBody,
  type SignalingClient,
  SignalingError,
} from "../../../client-web/src/index.ts";
import type { ClientLine } from "./line.ts";

type WithoutPlace<Kind> = Kind extends unknown ? Omit<Kind, "t" | "at"> : never;

/** Writes the history of one client, from nothing but what the client is asked to do and what it emits. */
export class RecordedClient {
  readonly #client: SignalingClient;
  readonly #name: string;
  readonly #write: (line: ClientLine) => void;
  /** Errors by which the service itself refused a signal. */
  readonly #refusals = new WeakSet<SignalingError>();

  constructor(client: SignalingClient, name: string, write: (line: ClientLine) => void) {
    this.#client = client;
    this.#name = name;
    this.#write = write;
    client.on("signal", (signal) => {
      this.#note({ e: "deliver", id: idOf(signal, signal.negotiationId), from: signal.from.peerId });
    });
    client.on("rejected", (error) => this.#refusals.add(error));
    client.on("peer", ({ peerId }) => this.#note({ e: "meet", who: peerId }));
    client.on("peer-left", ({ peerId }, cause) => this.#note({ e: "gone", who: peerId, cause }));
    client.on("reset", ({ reason }) => this.#note({ e: "reset", reason }));
    client.on("closed", (error) => this.#note({ e: "over", reason: error?.reason ?? "left" }));
    client.on("state", (state) => {
      if (state === "open") this.#note({ e: "up" });
      if (state === "reconnecting") this.#note({ e: "down" });
    });
  }

  /** Sends a signal whose content no other signal has. */
  async send(signal: OutgoingSignal): Promise<void> {
    const id = idOf(signal, signal.negotiationId ?? "");
    this.#note({ e: "send", id, to: signal.to });
    try {
      await this.#client.send(signal);
      this.#note({ e: "ack", id });
    } catch (error) {
      const byService = error instanceof SignalingError && this.#refusals.has(error);
      this.#note({ e: "refuse", id, by: byService ? "service" : "nobody" });
      throw error;
    }
  }

  #note(line: WithoutPlace<ClientLine>): void {
    this.#write({ t: Date.now(), at: this.#name, ...line } as ClientLine);
  }
}

/** What a signal is recognized by at both ends: all of its content. */
function idOf(body: SignalBody, negotiationId: string): string {
  const content = JSON.stringify([body.kind, negotiationId, contentOf(body)]);
  return createHash("sha256").update(content).digest("base64url").slice(0, 16);
}

function contentOf(body: SignalBody): unknown {
  switch (body.kind) {
    case "offer":
    case "answer":
      return body.sdp;
    case "ice-candidate": {
      const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = body.candidate;
      return [candidate, sdpMid ?? null, sdpMLineIndex ?? null, usernameFragment ?? null];
    }
    case "bye":
      return body.reason;
  }
}
