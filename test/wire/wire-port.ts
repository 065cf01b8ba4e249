import { type Socket, connect as tcpConnect } from "node:net";
import type { Route } from "../../server/src/rpc/call.ts";
import { faultError } from "../../server/src/rpc/call-error.ts";
import { createPort, type Port } from "../../server/src/wire/port.ts";
import type { PortOptions } from "../../server/src/wire/port-options.ts";
import { echoRoutes, type Heard } from "./echo-handler.ts";

/** A port under test. */
export class WirePort implements AsyncDisposable {
  readonly #port: Port;
  readonly #waiting: ((call: Heard) => void)[] = [];
  readonly heard: Heard[] = [];
  readonly errors: unknown[] = [];
  number = 0;

  constructor(options: Partial<PortOptions> & { routes?: readonly Route[] } = {}) {
    this.#port = createPort({
      routes: echoRoutes((call) => {
        this.heard.push(call);
        this.#waiting.shift()?.(call);
      }),
      messageBytes: 65_536,
      faultError,
      onError: (error) => this.errors.push(error),
      ...options,
    });
  }

  static async start(options: Partial<PortOptions> = {}): Promise<WirePort> {
    const port = new WirePort(options);
    port.number = (await port.#port.listen({ host: "127.0.0.1", port: 0 })).port;
    return port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.number}`;
  }

  /** The next call that a handler is given. */
  nextCall(): Promise<Heard> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A connection by hand. */
  connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = tcpConnect(this.number, "127.0.0.1", () => resolve(socket));
      socket.once("error", reject);
    });
  }

  drain(): void {
    this.#port.drain();
  }

  close(graceMs: number): Promise<{ connectionsCut: number }> {
    return this.#port.close({ graceMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0);
  }
}
