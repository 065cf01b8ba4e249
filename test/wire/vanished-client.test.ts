import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type ClientHttp2Session, connect as http2Connect } from "node:http2";
import { connect as tcpConnect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { describe, expect, test } from "vitest";
import { encodeEcho } from "./echo-service.ts";
import { envelope } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

/** A certificate that nobody needs to trust. */
function makeCertificate(): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), "parley-tls-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  try {
    execFileSync(
      "openssl",
      ["req", "-x509", "-days", "2", ...curve, "-subj", "/CN=localhost", "-keyout", key, "-out", cert],
      { stdio: "pipe" },
    );
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.each(["clear text", "TLS"])("on HTTP/2 by %s", (kind) => {
  // As a killed process does it, and nginx for a client that has gone: no RST_STREAM and no GOAWAY before it.
  test("a client whose connection closes without a word is gone at once", async () => {
    const tls = kind === "TLS" ? { tls: makeCertificate() } : {};
    await using port = await WirePort.start(tls);
    const address = { port: port.number, host: "127.0.0.1" };
    const raw = tcpConnect(address);
    await once(raw, "connect");
    const socket =
      kind === "TLS" ? tlsConnect({ socket: raw, ALPNProtocols: ["h2"], rejectUnauthorized: false }) : raw;
    const session: ClientHttp2Session = http2Connect(port.url, { createConnection: () => socket });
    session.on("error", () => {});
    const stream = session.request({
      ":method": "POST",
      ":path": "/test.v1.EchoService/Down",
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.on("error", () => {});
    const call = port.nextCall();
    stream.end(envelope(encodeEcho("never")));
    const heard = await call;
    raw.destroySoon();
    expect(await heard.closed).toBeDefined();
  });
});
