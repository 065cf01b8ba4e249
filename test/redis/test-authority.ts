import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate and its key, as files, and the authority that has signed it. */
export interface Identity {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** A private authority for certificates, as operators have it for what is theirs. */
export class TestAuthority implements Disposable {
  readonly caFile: string;
  readonly #folder: string;
  #issued = 0;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), "parley-ca-"));
    this.caFile = this.#path("ca.pem");
    const subject = ["-days", "2", "-subj", "/CN=Parley test authority"];
    openssl("req", "-x509", ...elliptic, ...subject, "-keyout", this.#path("ca.key"), "-out", this.caFile);
  }

  /** What clients are to trust. */
  get ca(): string {
    return readFileSync(this.caFile, "utf8");
  }

  /** Signs a certificate that is over, for such names. */
  issueExpired(names: string): Identity {
    return this.issue(names, 0);
  }

  /** Signs a certificate for names such as `DNS:localhost,IP:127.0.0.1`. */
  issue(names: string, days = 2): Identity {
    const number = ++this.#issued;
    const path = (end: string) => this.#path(`${number}.${end}`);
    const issued = { caFile: this.caFile, certFile: path("pem"), keyFile: path("key") };
    const request = ["-subj", "/CN=Parley test", "-keyout", issued.keyFile, "-out", path("csr")];
    openssl("req", ...elliptic, ...request);
    writeFileSync(path("ext"), `subjectAltName=${names}\n`);
    const signed = [
      "-days",
      `${days}`,
      "-CA",
      this.caFile,
      "-CAkey",
      this.#path("ca.key"),
      "-CAcreateserial",
    ];
    const signedFor = ["-in", path("csr"), "-extfile", path("ext"), "-out", issued.certFile];
    openssl("x509", "-req", ...signed, ...signedFor);
    return issued;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}
