import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publicHost } from "./public-host.ts";

/** A self-signed certificate for localhost and the public host, as files and as the authority that clients are to trust. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** Chain and key in one file, as HAProxy takes them. */
  readonly bothFile: string;
  readonly ca: string;
}

export function makeCertificate(folder: string): Certificate {
  const certFile = join(folder, "cert.pem");
  const keyFile = join(folder, "key.pem");
  const bothFile = join(folder, "site.pem");
  const subject = [
    "-subj",
    "/CN=localhost",
    "-addext",
    `subjectAltName=DNS:localhost,DNS:${publicHost},IP:127.0.0.1`,
  ];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const made = spawnSync(
    "openssl",
    ["req", "-x509", "-days", "2", ...curve, ...subject, "-keyout", keyFile, "-out", certFile],
    { encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`openssl: ${made.error ?? made.stderr}`);
  const ca = readFileSync(certFile, "utf8");
  writeFileSync(bothFile, ca + readFileSync(keyFile, "utf8"));
  return { certFile, keyFile, bothFile, ca };
}
