import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type SecureContextOptions } from "node:tls";
import { afterAll, expect, test, vi } from "vitest";
import { Server } from "../../server/src/server.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { TestAuthority } from "../redis/test-authority.ts";

const authority = new TestAuthority();
const stranger = new TestAuthority();
const folder = mkdtempSync(join(tmpdir(), "parley-tls-"));
afterAll(() => {
  authority[Symbol.dispose]();
  stranger[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});
const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];

/** Puts a new certificate for localhost where the server finds it. Returns it in PEM. */
function renew(): string {
  const issued = authority.issue("DNS:localhost,IP:127.0.0.1");
  copyFileSync(issued.certFile, certFile);
  copyFileSync(issued.keyFile, keyFile);
  return readFileSync(issued.certFile, "utf8");
}

async function start(...flags: string[]) {
  const log = new LogBook();
  const config = await configOf(["--tls-cert", certFile, "--tls-key", keyFile, ...flags]);
  const server = new Server(config, { logger: log });
  const { port } = await server.start();
  return { server, port, log };
}

/** The certificate that a new connection is shown, in PEM. */
async function shownAt(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ port, host: "127.0.0.1", ca: authority.ca, ALPNProtocols: ["h2"] }, () => {
    const shown = socket.getPeerX509Certificate()?.toString() ?? "";
    socket.destroy();
    resolve(shown);
  });
  socket.on("error", reject);
  return promise;
}

/** The status of a request over HTTP/2; undefined if the connection is refused. */
async function statusAt(port: number, identity: SecureContextOptions = {}): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: authority.ca, ...identity });
  session.on("error", () => resolve(undefined));
  session.on("close", () => resolve(undefined));
  const request = session.request({ ":path": "/healthz" });
  request.on("error", () => resolve(undefined));
  request.on("response", (headers) => resolve(headers[":status"]));
  const status = await promise;
  session.destroy();
  return status;
}

test("a renewed certificate is used without a restart, and one that cannot be used changes nothing", async () => {
  const first = renew();
  const { server, port, log } = await start("--tls-reload", "0.1");
  await using _ = server;
  expect((await shownAt(port)).trim()).toBe(first.trim());
  const second = renew();
  await vi.waitFor(async () => expect((await shownAt(port)).trim()).toBe(second.trim()), { timeout: 10_000 });
  writeFileSync(certFile, "half of a file");
  await vi.waitFor(() => expect(log.troubles).toHaveLength(1), { timeout: 10_000 });
  expect((await shownAt(port)).trim()).toBe(second.trim());
  const third = renew();
  await vi.waitFor(async () => expect((await shownAt(port)).trim()).toBe(third.trim()), { timeout: 10_000 });
});

test("with an authority for clients, only those with its certificates are served", async () => {
  renew();
  const { server, port } = await start("--tls-client-ca", authority.caFile);
  await using _ = server;
  const identity = (issued: { certFile: string; keyFile: string }) => ({
    cert: readFileSync(issued.certFile),
    key: readFileSync(issued.keyFile),
  });
  expect(await statusAt(port, identity(authority.issue("DNS:backend")))).toBe(200);
  expect(await statusAt(port)).toBeUndefined();
  expect(await statusAt(port, identity(stranger.issue("DNS:backend")))).toBeUndefined();
});
