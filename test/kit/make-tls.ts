import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "../proxies/certificate.ts";

/** A self-signed certificate for localhost and its key, in PEM. No file of them is left. */
export function makeTls(): { readonly cert: Buffer; readonly key: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), "parley-tls-"));
  try {
    const { certFile, keyFile } = makeCertificate(folder);
    return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
