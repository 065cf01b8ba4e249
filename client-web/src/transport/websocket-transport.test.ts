import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { decode, encode, SignalRequest, SignalResponse } from "@parley/contract/plain";
import { expect, onTestFinished, test } from "vitest";
import { type WebSocket as ServerSocket, WebSocketServer } from "ws";
import type { StreamInit } from "../session/session-transport.ts";
import { request } from "../session/signals.ts";
import type { SignalingError } from "../signaling-error.ts";
import { joining, resuming } from "../testing/stream-start.ts";
import { webSocketTransport } from "./websocket-transport.ts";

const never = new AbortController().signal;
const heartbeat: SignalResponse = {
  seq: 0,
  ack: 0,
  sender: "",
  negotiationId: "",
  senderSession: 0,
  body: { case: "heartbeat", value: {} },
};

/** A service whose answers the test gives. */
class Scene {
  readonly #server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    handleProtocols: ([first = ""]) => first,
  });
  readonly requests: SignalRequest[] = [];
  readonly responses: SignalResponse[] = [];
  readonly ended: Promise<SignalingError | undefined>;
  socket: ServerSocket | undefined;
  path: string | undefined;
  #end: (error?: SignalingError) => void = () => {};
  #wake: () => void = () => {};

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#server.on("connection", (socket, { url }) => {
      this.path = url;
      this.socket = socket;
      socket.on("message", (data: Buffer, isBinary) => {
        expect(isBinary).toBe(true);
        this.requests.push(decode(SignalRequest, data));
        this.#wake();
      });
    });
    onTestFinished(() => {
      for (const client of this.#server.clients) client.terminate();
      this.#server.close();
    });
  }

  static async start(): Promise<Scene> {
    const scene = new Scene();
    await once(scene.#server, "listening");
    return scene;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  open(path = "", accessToken?: string) {
    const init: StreamInit = {
      accessToken,
      ...joining,
      response: (response) => {
        this.responses.push(response);
        this.#wake();
      },
      held: () => {},
      end: (error) => this.#end(error),
    };
    return webSocketTransport({ url: this.url + path }).open(init);
  }

  /** Waits until so many requests have come. */
  async heard(count: number): Promise<void> {
    while (this.requests.length < count) await this.#next();
  }

  async answered(count: number): Promise<void> {
    while (this.responses.length < count) await this.#next();
  }

  say(response: SignalResponse): void {
    this.socket?.send(encode(SignalResponse, response));
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

test("a stream begins with the join, carries signals in order, and ends when the service ends it", async () => {
  const scene = await Scene.start();
  const stream = scene.open("/below/");
  await scene.heard(1);
  expect(scene.path).toBe("/below/v1/signal");
  expect(scene.socket?.protocol).toBe("parley.v1.proto");
  await stream.send(
    [1, 2].map((seq) => ({ ...request({ case: "leave", value: {} }), seq })),
    never,
  );
  await scene.heard(3);
  expect(scene.requests.map(({ body, seq }) => [body.case, seq])).toEqual([
    ["join", 0],
    ["leave", 1],
    ["leave", 2],
  ]);
  scene.say(heartbeat);
  await scene.answered(1);
  expect(scene.responses).toEqual([heartbeat]);
  scene.socket?.close(1000);
  expect(await scene.ended).toBeUndefined();
});

test("an access token goes with the first message", async () => {
  const scene = await Scene.start();
  scene.open("", "secret");
  await scene.heard(1);
  expect(scene.requests[0]?.body).toMatchObject({ case: "join", value: { accessToken: "secret" } });
});

test("a stream that is refused says why, with what did not fit into the close frame", async () => {
  const scene = await Scene.start();
  scene.open();
  await scene.heard(1);
  const message = "this node is stopping, as it does every night";
  scene.say({
    ...heartbeat,
    body: { case: "closed", value: { code: 14, reason: 60, message, retry: 3, violations: [] } },
  });
  scene.socket?.close(4014, "GOING_AWAY resume");
  expect(await scene.ended).toMatchObject({ reason: "GOING_AWAY", retry: "resume", message });
  expect(scene.responses).toEqual([]);
});

test("a connection that is lost is an error of the network", async () => {
  const scene = await Scene.start();
  scene.open();
  await scene.heard(1);
  scene.socket?.terminate();
  expect(await scene.ended).toMatchObject({ reason: "NETWORK", retry: "resume" });
});

test("a service that is not there is an error of the network", async () => {
  const ended = Promise.withResolvers<SignalingError | undefined>();
  const transport = webSocketTransport({ url: "http://127.0.0.1:9" });
  transport.open({
    ...resuming,
    response: () => {},
    held: () => {},
    end: ended.resolve,
  });
  expect(await ended.promise).toMatchObject({ reason: "NETWORK" });
});

test("a response that cannot be read ends the stream", async () => {
  const scene = await Scene.start();
  scene.open();
  await scene.heard(1);
  scene.socket?.send(Buffer.from("not a message"));
  expect(await scene.ended).toMatchObject({ reason: "NETWORK" });
});

test("a stream that is closed is gone for the service too, and takes nothing more", async () => {
  const scene = await Scene.start();
  const stream = scene.open();
  await scene.heard(1);
  const gone = new Promise((resolve) => scene.socket?.once("close", resolve));
  stream.close();
  await gone;
  await expect(stream.send([request({ case: "leave", value: {} })], never)).rejects.toMatchObject({
    reason: "NETWORK",
  });
  expect(scene.responses).toEqual([]);
});

test("a batch waits while the network takes nothing", async () => {
  const scene = await Scene.start();
  const stream = scene.open();
  await scene.heard(1);
  scene.socket?.pause();
  const large = request({ case: "offer", value: { sdp: "v=0\r\n".padEnd(200_000, "x") } });
  const abort = new AbortController();
  let sent = 0;
  // Until the buffers of both kernels are full.
  for (; sent < 500; sent++) {
    const done = stream.send([large], abort.signal).then(() => true);
    const waits = new Promise<false>((resolve) => setTimeout(() => resolve(false), 500));
    if (!(await Promise.race([done, waits]))) {
      abort.abort();
      await expect(done).rejects.toMatchObject({ reason: "TIMEOUT" });
      break;
    }
  }
  expect(sent).toBeLessThan(500);
});

test("any answer shows that the service is reached", async () => {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    asked.push(String(input));
    return Response.error();
  };
  const init = { start: { case: "join", value: {} }, end: () => {} } as unknown as StreamInit;
  const stream = webSocketTransport({ url: "http://127.0.0.1:9/", fetch }).open(init);
  await stream.probe?.();
  expect(asked).toEqual(["http://127.0.0.1:9/healthz"]);
  stream.close();
});

test("the last batch of a page goes by a request that outlives it", async () => {
  const asked: [string, RequestInit | undefined][] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    asked.push([String(input), init]);
    return new Response();
  };
  const transport = webSocketTransport({ url: "http://127.0.0.1:9/", fetch });
  await transport.sendLast("token", [request({ case: "leave", value: {} })], "secret");
  expect(asked).toMatchObject([
    [
      "http://127.0.0.1:9/parley.v1.SignalingService/SendSignals",
      { keepalive: true, headers: { authorization: "Bearer secret", "content-type": "application/proto" } },
    ],
  ]);
});
