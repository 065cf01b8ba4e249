import { once } from "node:events";
import { request } from "node:http";
import { Socket } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket as WsClient } from "ws";
import { Server } from "../../server/src/server.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { until } from "../kit/until.ts";
import { frame } from "./client-frame.ts";
import { RawWebSocket } from "./raw-web-socket.ts";

let server: Server;
let url: string;
beforeAll(async () => {
  server = new Server(await configOf([]), { logger: new LogBook() });
  url = (await server.start()).url;
});
afterAll(() => server.close(0));

const address = () => `${url.replace("http", "ws")}/v1/signal`;
const join = (peerId: string, room = "r") => JSON.stringify({ join: { room, peerId } });
const closeOf = async (socket: WsClient) => {
  const [code, reason] = (await once(socket, "close")) as [number, Buffer];
  return { code, reason: reason.toString() };
};

test.each([
  ["parley.v1.proto", "parley.v1.proto"],
  ["parley.v1.json", "parley.v1.json"],
  [["chat", "parley.v1.json", "parley.v1.proto"], "parley.v1.json"],
  [[], ""],
])("Node's own WebSocket offers %j and speaks %j", async (offered, spoken) => {
  const socket = new WebSocket(address(), offered);
  await once(socket, "open");
  expect(socket.protocol).toBe(spoken);
  expect(socket.extensions).toBe("");
  socket.close();
  await once(socket, "close");
});

test("without a subprotocol messages are JSON", async () => {
  const socket = new WebSocket(address());
  await once(socket, "open");
  socket.send(join("alice", "no-subprotocol"));
  const [{ data }] = (await once(socket, "message")) as [MessageEvent<string>];
  expect(JSON.parse(data)).toMatchObject({ welcome: { you: { peerId: "alice" } } });
  socket.send(JSON.stringify({ leave: {} }));
  const [{ code, reason }] = (await once(socket, "close")) as [CloseEvent];
  expect({ code, reason }).toEqual({ code: 1000, reason: "" });
});

test("a client that offers only other subprotocols learns which there are", async () => {
  using socket = await RawWebSocket.open(url, ["Sec-WebSocket-Protocol: chat"]);
  expect(await socket.closed).toEqual({
    code: 4012,
    reason: "ENCODING_UNSUPPORTED never: the subprotocol is none of parley.v1.proto, parley.v1.json",
  });
});

test("a frame of the wrong kind closes the socket with 1003", async () => {
  const text = new WsClient(address(), "parley.v1.proto");
  text.once("open", () => text.send("text"));
  const binary = new WsClient(address(), "parley.v1.json");
  binary.once("open", () => binary.send(Buffer.from("binary")));
  expect(await Promise.all([closeOf(text), closeOf(binary)])).toEqual([
    { code: 1003, reason: "MALFORMED_MESSAGE never: the messages of parley.v1.proto are binary" },
    { code: 1003, reason: "MALFORMED_MESSAGE never: the messages of parley.v1.json are text" },
  ]);
});

test("a frame of the wrong kind in a session leaves the session to a resume", async () => {
  const { sessions } = server.counts();
  const socket = new WsClient(address(), "parley.v1.json");
  socket.once("open", () => socket.send(join("alice", "wrong-kind")));
  await once(socket, "message");
  socket.send(Buffer.from("binary"));
  expect((await closeOf(socket)).code).toBe(1003);
  expect(server.counts().sessions).toBe(sessions + 1);
});

test("a page of another site is refused with a reason that it can read", async () => {
  const socket = new WsClient(address(), { origin: "https://evil.example" });
  const { code, reason } = await closeOf(socket);
  expect(code).toBe(4007);
  expect(reason).toMatch(/^ORIGIN_REFUSED never/);
});

test("a host name that was rebound to this service is refused", async () => {
  using socket = await RawWebSocket.open(url, [
    "Origin: http://rebound.example",
    "Sec-Fetch-Site: same-origin",
    "Host: rebound.example",
  ]);
  const { code, reason } = await socket.closed;
  expect(code).toBe(4003);
  expect(reason).toMatch(/^HEADER_INVALID never/);
});

test("a request of another site without an Origin is refused, although it is a GET", async () => {
  using socket = await RawWebSocket.open(url, ["Sec-Fetch-Site: cross-site"]);
  expect((await socket.closed).code).toBe(4007);
});

test("what asks for HTTP/2 by Upgrade goes on over HTTP/1.1", async () => {
  expect(await statusOf("/healthz", h2c)).toBe(200);
  expect(await statusOf("/v1/signal", h2c)).toBe(426);
});

const h2c = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABkAAQAAP__" };

test("so does a request with a body that asks for HTTP/2, as Java's HttpClient sends it", async () => {
  const response = new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const post = request(new URL("/parley.v1.SignalingService/SendSignals", url), {
      method: "POST",
      headers: { ...h2c, "content-type": "application/json" },
    });
    post.on("upgrade", () => reject(new Error("taken over")));
    post.on("response", (answer) => {
      answer.setEncoding("utf8");
      let body = "";
      answer.on("data", (data: string) => {
        body += data;
      });
      answer.on("end", () => resolve({ status: answer.statusCode, body }));
    });
    post.on("error", reject);
    post.end(JSON.stringify({ sessionToken: "none" }));
  });
  const { status, body } = await response;
  expect({ status, reason: JSON.parse(body).details[0].debug.reason }).toEqual({
    status: 401,
    reason: "SESSION_TOKEN_INVALID",
  });
});

test("only the path of the door takes upgrades, and it takes nothing else", async () => {
  expect(await statusOf("/healthz", handshake)).toBe(200);
  expect(await statusOf("/elsewhere", handshake)).toBe(404);
  expect(await statusOf("/v1/signal", {})).toBe(426);
});

const handshake = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": Buffer.alloc(16).toString("base64"),
};

test.each([
  ["no key", { "sec-websocket-key": "" }, 400, "Sec-WebSocket-Key must be 16 bytes in base64"],
  ["another key", { "sec-websocket-key": "no key" }, 400, "Sec-WebSocket-Key must be 16 bytes in base64"],
  ["another version", { "sec-websocket-version": "8" }, 426, "Sec-WebSocket-Version must be 13"],
  ["a body", { "content-length": "5" }, 400, "a WebSocket request must not have a body"],
  [
    "a body of any length",
    { "transfer-encoding": "chunked" },
    400,
    "a WebSocket request must not have a body",
  ],
])("a handshake with %s is refused with a reason", async (_name, headers, status, message) => {
  const answer = await answerTo("/v1/signal", { ...handshake, ...headers });
  expect(answer).toMatchObject({ status, version: "13" });
  expect(JSON.parse(answer.body)).toMatchObject({
    code: "invalid_argument",
    message,
    details: [{ debug: { reason: "HEADER_INVALID" } }],
  });
});

/** The status of a GET; 101 if the connection was taken over. */
async function statusOf(path: string, headers: Record<string, string>): Promise<number> {
  return (await answerTo(path, headers)).status;
}

interface Answer {
  readonly status: number;
  readonly version: string | undefined;
  readonly body: string;
}

function answerTo(path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const get = request(new URL(path, url), { headers });
    get.on("upgrade", (_response, socket) => {
      socket.destroy();
      resolve({ status: 101, version: undefined, body: "" });
    });
    get.on("response", (response) => {
      const version = response.headers["sec-websocket-version"];
      let body = "";
      response.on("data", (data: Buffer) => {
        body += String(data);
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, version, body }));
    });
    get.on("error", reject);
    get.end();
  });
}

test("all messages of a turn leave in one write", async () => {
  using bob = await RawWebSocket.open(url);
  bob.send(frame(1, join("bob", "bursts")));
  await until(
    () => bob.messages.length === 1,
    () => "a welcome",
  );
  using alice = await RawWebSocket.open(url);
  alice.send(frame(1, join("alice", "bursts")));
  await until(
    () => bob.messages.length === 2,
    () => "alice",
  );
  // Of the server's own writes: both ends are in this process, so what bob reads at once says nothing.
  const write = vi.spyOn(Socket.prototype, "write");
  onTestFinished(() => write.mockRestore());
  const burst = Array.from({ length: 10 }, (_, at) =>
    frame(1, JSON.stringify({ seq: at + 1, to: "bob", bye: { reason: `${at}` } })),
  );
  alice.send(...burst);
  await until(
    () => bob.messages.length === 12,
    () => "ten signals",
  );
  const written = write.mock.calls.map(([data]) => String(data)).filter((data) => data.includes('"bye"'));
  const toBob = written.filter((data) => data.includes('"sender"'));
  expect(toBob.length).toBe(1);
  expect(toBob[0]?.match(/"bye"/g)?.length).toBe(10);
});

test("a client that sends a close frame is answered, and its session waits for a resume", async () => {
  const { sessions } = server.counts();
  using alice = await RawWebSocket.open(url);
  alice.send(frame(1, join("alice", "closes")));
  await until(
    () => alice.messages.length === 1,
    () => "a welcome",
  );
  alice.send(frame(8, Buffer.from([0x03, 0xe8])));
  expect((await alice.closed).code).toBe(1000);
  await alice.gone;
  expect(server.counts().sessions).toBe(sessions + 1);
});

test("its limits are settings", async () => {
  const flags = ["--websocket-fragments", "2", "--websocket-pings", "3"];
  const limits = ["--websocket-ping", "1", "--websocket-ping-timeout", "1", "--websocket-close", "0.5"];
  await using strict = new Server(await configOf([...flags, ...limits]), { logger: new LogBook() });
  const { url: strictUrl } = await strict.start();
  using fragments = await RawWebSocket.open(strictUrl);
  fragments.send(...[1, 0, 0].map((opcode) => frame(opcode, "", { final: false })));
  using pings = await RawWebSocket.open(strictUrl);
  // Whenever a new second begins, at least one of two has more than 3.
  pings.send(...Array.from({ length: 8 }, () => frame(9, "")));
  using silent = await RawWebSocket.open(strictUrl);
  expect([await fragments.closed, await pings.closed]).toEqual([
    { code: 4008, reason: "MESSAGE_TOO_LARGE never: a message has at most 2 fragments" },
    { code: 4008, reason: "RATE_LIMITED later 1000: at most 3 pings and pongs per second" },
  ]);
  await Promise.all([fragments.gone, pings.gone, silent.gone]);
  expect(silent.pings).toEqual([""]);
});

test("a closing server lets no socket dangle, whether it has a session or not", async () => {
  const log = new LogBook();
  const closing = new Server(await configOf([]), { logger: log });
  const { url: closingUrl } = await closing.start();
  const at = `${closingUrl.replace("http", "ws")}/v1/signal`;
  const silent = new WsClient(at);
  await once(silent, "open");
  const member = new WsClient(at);
  member.once("open", () => member.send(join("alice")));
  await once(member, "message");
  const closed = Promise.all([closeOf(silent), closeOf(member)]);
  await closing.close(0);
  const goingAway = { code: 4014, reason: "GOING_AWAY resume: this node is stopping" };
  expect(await closed).toEqual([goingAway, goingAway]);
  expect(log.find("stopped")).toEqual({ connectionsCut: 0 });
});
