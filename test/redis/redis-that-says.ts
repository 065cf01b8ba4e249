import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";

/** A Redis of which other words are heard than it says, of the same length: so that it passes for another version. */
export class RedisThatSays implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port: number, otherwise: (said: string) => string): Promise<RedisThatSays> {
    const server = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      near.pipe(far);
      far.on("data", (data) => near.write(otherwise(data.toString("latin1")), "latin1"));
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on("error", () => {});
        one.once("close", () => other.destroy());
      }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new RedisThatSays(server);
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }
}
