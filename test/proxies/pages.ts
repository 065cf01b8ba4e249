import { strict as assert } from "node:assert";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";
import { publicHost } from "./public-host.ts";
import type { Scene } from "./scene.ts";

const path = "/parley.v1.SignalingService/SendSignals";

/** A call with no token, as a page makes it: its answer says how far it came. */
type Ask = (scene: Scene, headers: Record<string, string>) => Promise<string>;

/**
 * Pages use the service through a proxy as they would without: the Host arrives as the browser sent it, with its port,
 * so that the node recognizes its own pages and refuses those of others.
 */
export async function pagesAreRecognized(scene: Scene): Promise<void> {
  const { port } = new URL(scene.url);
  const own = `https://${publicHost}:${port}`;
  for (const ask of [overHttp1, overHttp2, overWebSocket]) {
    for (const headers of [
      { origin: own, "sec-fetch-site": "same-origin" },
      // Browsers before Sec-Fetch-Site: the Host has to be the Origin's.
      { origin: own },
      {},
    ])
      assert.match(await ask(scene, headers), /SESSION_TOKEN_INVALID/);
    for (const headers of [
      { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
      { origin: `https://${publicHost}:1` },
      { origin: `https://${publicHost}` },
    ])
      assert.match(await ask(scene, headers), /ORIGIN_REFUSED/);
  }
}

/** Browsers are asked to insist on TLS (HSTS), for the public name and not for localhost. */
export async function tlsIsInsistedOn({ url, ca }: Scene): Promise<void> {
  const { hostname, port } = new URL(url);
  for (const [host, expected] of [
    [publicHost, "max-age=31536000"],
    ["localhost", undefined],
  ] as const) {
    const asked = request({
      ...{ host: hostname, port, path: "/healthz", ca, agent: false },
      servername: host,
      headers: { host: `${host}:${port}` },
    });
    asked.end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    response.resume();
    assert.equal(response.headers["strict-transport-security"], expected);
  }
}

const body = "{}";
const json = { "content-type": "application/json" };

const overHttp1: Ask = async ({ url, ca }, headers) => {
  const { hostname, port } = new URL(url);
  const asked = request({
    ...{ host: hostname, port, path, ca, method: "POST", agent: false },
    servername: publicHost,
    headers: { host: `${publicHost}:${port}`, ...json, ...headers },
  });
  asked.end(body);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return text(response);
};

const overHttp2: Ask = async ({ url, ca }, headers) => {
  const { hostname, port } = new URL(url);
  const tls = { host: hostname, port: Number(port), ca, servername: publicHost, ALPNProtocols: ["h2"] };
  const session = connect(`https://${publicHost}:${port}`, { createConnection: () => connectTls(tls) });
  try {
    const stream = session.request({ ":method": "POST", ":path": path, ...json, ...headers });
    stream.end(body);
    return await text(stream);
  } finally {
    session.destroy();
  }
};

/** The reason of its close frame. */
const overWebSocket: Ask = async ({ url, ca }, headers) => {
  const { hostname, port } = new URL(url);
  const socket = new WebSocket(`wss://${publicHost}:${port}/v1/signal`, "parley.v1.json", {
    ...{ ca, headers, servername: publicHost },
    createConnection: () => connectTls({ host: hostname, port: Number(port), ca, servername: publicHost }),
  });
  socket.once("open", () => socket.send(JSON.stringify({ resume: { sessionToken: "none" } })));
  const [, reason] = (await once(socket, "close")) as [number, Buffer];
  return reason.toString();
};
