import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { makeCertificate } from "../proxies/certificate.ts";

/** A certificate for the nodes, which this process trusts as long as it is not disposed of. */
export class TrustedIdentity implements Disposable {
  /** For the command line of a node. */
  readonly flags: readonly string[];
  /** For a process that is to trust it too. */
  readonly env: Readonly<Record<string, string>>;
  readonly #folder = mkdtempSync(join(tmpdir(), "parley-abuse-"));
  readonly #trusted = getCACertificates("default");

  constructor() {
    const { certFile, keyFile, ca } = makeCertificate(this.#folder);
    this.flags = ["--tls-cert", certFile, "--tls-key", keyFile];
    this.env = { NODE_EXTRA_CA_CERTS: certFile };
    setDefaultCACertificates([...this.#trusted, ca]);
  }

  [Symbol.dispose](): void {
    setDefaultCACertificates(this.#trusted);
    rmSync(this.#folder, { recursive: true });
  }
}
