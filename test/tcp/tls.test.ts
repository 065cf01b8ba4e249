import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { noNetLimits } from "../../server/src/net/connection-table.ts";
import { tcpPreface } from "../contract/ways/tcp.ts";
import { makeTls } from "../kit/make-tls.ts";
import { until } from "../kit/until.ts";
import { doorPort } from "./door-port.ts";
import { join, RawTcp } from "./raw-tcp.ts";

const tls = makeTls();

/** Shakes hands, behind these bytes. */
async function secured(url: string, protocols: readonly string[], before: Uint8Array = Buffer.alloc(0)) {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  if (before.byteLength > 0) socket.write(before);
  const secured = connectTls({ socket, ALPNProtocols: [...protocols], rejectUnauthorized: false });
  await once(secured, "secureConnect");
  return secured;
}

/** Joins over a connection and waits for its first response. */
async function joins(socket: TLSSocket, bytes: Uint8Array): Promise<string | undefined> {
  using client = new RawTcp(socket);
  client.send(bytes);
  await until(
    () => client.responses.length > 0,
    () => "a response",
  );
  return client.closedBy ?? client.bodies[0];
}

test.each([
  ["ALPN alone", ["parley/1"], join("alice")],
  // As a client does that does not know whether TLS ends at a proxy.
  ["ALPN, and the preface", ["parley/1"], Buffer.concat([tcpPreface, join("alice")])],
  ["ALPN among others", ["acme/1", "parley/1"], join("alice")],
  ["the preface alone", [], Buffer.concat([tcpPreface, join("alice")])],
])("over TLS the door is found by %s", async (_name, protocols, bytes) => {
  const { port } = await doorPort({ port: { tls } });
  await using _port = port;
  const socket = await secured(port.url, protocols);
  expect(socket.alpnProtocol).toBe(protocols.at(-1) ?? false);
  expect(await joins(socket, bytes)).toBe("welcome");
});

test("a client that offers HTTP/2 as well gets HTTP/2", async () => {
  const { port } = await doorPort({ port: { tls } });
  await using _port = port;
  const socket = await secured(port.url, ["parley/1", "h2"]);
  expect(socket.alpnProtocol).toBe("h2");
  socket.destroy();
});

const version1 = (client: string) => Buffer.from(`PROXY TCP4 ${client} 10.0.0.1 4711 443\r\n`);
const version2 = (client: string) =>
  Buffer.concat([
    Buffer.from("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", "latin1"),
    Buffer.from([...client.split(".").map(Number), 10, 0, 0, 1, 0, 1, 0, 2]),
  ]);

test.each([
  ["1", version1],
  ["2", version2],
])("the PROXY protocol, version %s, comes before TLS and names the client", async (_version, header) => {
  const limits = {
    ...noNetLimits,
    joins: { burst: 1, perSecond: 1 },
    limitLoopback: true,
    trustedProxies: ["127.0.0.1"],
  };
  const { port } = await doorPort({ port: { tls, limits } });
  await using _port = port;
  const joinFrom = async (client: string, peerId: string) =>
    joins(await secured(port.url, ["parley/1"], header(client)), join(peerId));
  expect(await joinFrom("192.0.2.1", "alice")).toBe("welcome");
  expect(await joinFrom("192.0.2.1", "bob")).toBe("8 RATE_LIMITED");
  expect(await joinFrom("192.0.2.2", "carol")).toBe("welcome");
});

test.each([
  ["1", version1],
  ["2", version2],
])(
  "the PROXY protocol, version %s, inside of TLS is no beginning of a connection",
  async (_version, header) => {
    const limits = { ...noNetLimits, trustedProxies: ["127.0.0.1"] };
    const { port } = await doorPort({ port: { tls, limits } });
    await using _port = port;
    const socket = await secured(port.url, [], version1("192.0.2.1"));
    socket.write(Buffer.concat([header("192.0.2.9"), tcpPreface, join("alice")]));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400/);
  },
);

test.each([
  ["1", version1],
  ["2", version2],
])("the PROXY protocol, version %s, comes before the preface", async (_version, header) => {
  const limits = { ...noNetLimits, trustedProxies: ["127.0.0.1"] };
  const { port } = await doorPort({ port: { limits } });
  await using _port = port;
  using client = RawTcp.open(port.url);
  client.send(header("192.0.2.1"), tcpPreface, join("alice"));
  await until(
    () => client.bodies[0] === "welcome",
    () => "a welcome",
  );
});
