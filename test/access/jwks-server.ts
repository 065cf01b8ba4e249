import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TestAuthority } from "../redis/test-authority.ts";

/** A public key as a set has it, and what else it says about it. */
export interface PublishedKey {
  readonly key: KeyObject;
  readonly kid?: string;
  readonly more?: object;
}

/** An HTTPS server that publishes keys, and counts how often they are fetched. */
export class JwksServer implements AsyncDisposable {
  readonly #server: Server;
  fetches = 0;
  /** What it answers with: keys, or any other text. */
  body = "";
  status = 200;

  private constructor(authority: TestAuthority) {
    const { certFile, keyFile } = authority.issue("IP:127.0.0.1");
    const identity = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    this.#server = createServer(identity, (_request, response) => {
      this.fetches++;
      response.writeHead(this.status, { "content-type": "application/jwk-set+json" });
      response.end(this.body);
    });
  }

  static async start(authority: TestAuthority, port = 0): Promise<JwksServer> {
    const jwks = new JwksServer(authority);
    jwks.#server.listen(port, "127.0.0.1");
    await once(jwks.#server, "listening");
    return jwks;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  publish(...keys: readonly PublishedKey[]): void {
    const set = keys.map(({ key, kid, more }) => ({
      ...key.export({ format: "jwk" }),
      ...(kid === undefined ? {} : { kid }),
      ...more,
    }));
    this.body = JSON.stringify({ keys: set });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
