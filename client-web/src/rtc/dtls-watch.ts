import { sendersOf } from "./rtp-parts.ts";

/**
 * Notices that the peer has closed the DTLS transport of a connection (RFC 8446 section 6.1, "close_notify"). The
 * alert is authenticated and comes by the connection itself, so that hanging up works without signaling. No event
 * of the connection reports it.
 */
export class DtlsWatch {
  readonly #connection: RTCPeerConnection;
  readonly #closed: () => void;
  readonly #signal: AbortSignal;
  readonly #known = new Set<RTCDtlsTransport>();
  /** A rollback and bundling close transports too, but none that was connected and is still needed. */
  readonly #connected = new Set<RTCDtlsTransport>();

  constructor(connection: RTCPeerConnection, closed: () => void, signal: AbortSignal) {
    this.#connection = connection;
    this.#closed = closed;
    this.#signal = signal;
    for (const type of ["signalingstatechange", "connectionstatechange"]) {
      connection.addEventListener(type, () => this.#look(), { signal });
    }
  }

  /** The transports that the connection uses; none in runtimes that do not show them. */
  #look(): void {
    const { sctp } = this.#connection;
    const senders = sendersOf(this.#connection);
    for (const transport of [sctp?.transport, ...senders.map((sender) => sender.transport)]) {
      if (transport === null || transport === undefined || this.#known.has(transport)) continue;
      this.#known.add(transport);
      transport.addEventListener("statechange", () => this.#changed(transport), { signal: this.#signal });
      this.#changed(transport);
    }
  }

  #changed(transport: RTCDtlsTransport): void {
    if (transport.state === "connected") this.#connected.add(transport);
    if (transport.state !== "closed" || !this.#connected.delete(transport)) return;
    if (this.#connected.size === 0) this.#closed();
  }
}
