import { WebSocket } from "ws";
import type { Kind } from "./bench-client.ts";
import { connecting, ParleyClient } from "./parley-client.ts";
import { request } from "./parley-codec.ts";

/** A peer of Parley over a WebSocket, by the same library as the peers of the servers beside it. */
class WebSocketClient extends ParleyClient {
  #socket: WebSocket | undefined;

  open(): Promise<void> {
    const { url, room, peer, from } = this.options;
    const session = this.session;
    return new Promise((resolve, reject) => {
      const address = `${url.replace("http", "ws")}/v1/signal`;
      const socket = new WebSocket(address, "parley.v1.proto", {
        perMessageDeflate: false,
        ...(from === undefined ? {} : { localAddress: from }),
      });
      this.#socket = socket;
      socket.on("error", reject);
      socket.on("close", (code, reason) => reject(new Error(`closed: ${code} ${reason}`)));
      socket.on("open", () => socket.send(request({ body: session.start(room, peer) })));
      socket.on("message", (data: Buffer) => {
        if (session.take(data) !== undefined) {
          for (const { bytes: again } of session.unacked) socket.send(again);
          resolve();
        }
        this.ackLater(this.#acknowledge);
      });
    });
  }

  send(to: string, kind: Kind, texts: readonly string[]): void {
    for (const text of texts) {
      const bytes = this.session.encode(to, kind, text);
      // Without a socket it waits for the next one.
      if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(bytes);
    }
  }

  readonly #acknowledge = (acknowledgement: Buffer): void => {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(acknowledgement);
  };

  protected drop(): void {
    this.#socket?.terminate();
  }
}

export const connectWebSocket = connecting(WebSocketClient);
