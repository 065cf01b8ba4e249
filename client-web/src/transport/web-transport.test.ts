import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  JoinSchema,
  ReceiveRequestSchema,
  ResumeSchema,
  SendSignalsRequestSchema,
  SendSignalsResponseSchema,
  SignalRequestSchema,
  SignalResponseSchema,
} from "@parley/contract";
import type { SignalResponse } from "@parley/contract/plain";
import { expect, test } from "vitest";
import type { SessionStart } from "../session/session-transport.ts";
import { SettlingClock } from "../testing/settling-clock.ts";
import { type WebTransportOptions, webTransport } from "./web-transport.ts";

const welcome: MessageInitShape<typeof SignalResponseSchema> = {
  body: { case: "welcome", value: { sessionToken: "token" } },
};
const heartbeat: MessageInitShape<typeof SignalResponseSchema> = { body: { case: "heartbeat", value: {} } };
const join: SessionStart = { case: "join", value: create(JoinSchema, { room: "r" }) };

/** A response of the Connect protocol: each message in an envelope, and one more to end with. */
class FakeResponse {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;

  constructor(signal: AbortSignal | null | undefined) {
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
    });
    signal?.addEventListener("abort", () => this.#controller?.error(new DOMException("", "AbortError")));
  }

  say(init: MessageInitShape<typeof SignalResponseSchema>): void {
    this.#envelope(0, toBinary(SignalResponseSchema, create(SignalResponseSchema, init)));
  }

  end(): void {
    this.#envelope(2, new TextEncoder().encode("{}"));
    this.#controller?.close();
  }

  #envelope(flags: number, data: Uint8Array): void {
    const bytes = new Uint8Array(5 + data.byteLength);
    bytes[0] = flags;
    new DataView(bytes.buffer).setUint32(1, data.byteLength);
    bytes.set(data, 5);
    this.#controller?.enqueue(bytes);
  }
}

interface Asked {
  readonly poll: boolean;
  readonly start: string | undefined;
  readonly lastSeq: number | undefined;
  readonly headers: Headers;
  readonly response: FakeResponse;
}

/** A service whose streams the test answers, and the transport to it. */
class Scene {
  readonly clock = new SettlingClock();
  readonly asked: Asked[] = [];
  readonly posts: { url: string; init: RequestInit }[] = [];
  readonly responses: SignalResponse[] = [];
  readonly ends: (string | undefined)[] = [];
  readonly transport;
  held = 0;
  lastSeq = 0;

  constructor(options: Partial<WebTransportOptions> = {}) {
    this.transport = webTransport({
      url: "http://service.test/base/",
      clock: this.clock,
      fetch: (input, init) => this.#fetch(String(input), init ?? {}),
      ...options,
    });
  }

  open(start: SessionStart = join) {
    return this.transport.open({
      start,
      accessToken: "secret",
      resume: () => create(ResumeSchema, { sessionToken: "token", lastSeq: this.lastSeq }),
      response: (response) => this.responses.push(response),
      held: () => this.held++,
      end: (error) => this.ends.push(error?.reason),
    });
  }

  /** The call that was asked last, once there are so many. */
  async nth(count: number): Promise<Asked> {
    while (this.asked.length < count) await nextTask();
    const asked = this.asked[count - 1];
    if (asked === undefined) throw new Error("nothing was asked");
    return asked;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await nextTask();
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (url.endsWith("/SendSignals")) {
      this.posts.push({ url, init });
      const answer = toBinary(SendSignalsResponseSchema, create(SendSignalsResponseSchema, { ack: 7 }));
      return new Response(answer as Uint8Array<ArrayBuffer>, {
        headers: { "content-type": "application/proto" },
      });
    }
    const body = new Uint8Array(await new Response(init.body).arrayBuffer());
    const { start, poll } = fromBinary(ReceiveRequestSchema, body.subarray(5));
    const response = new FakeResponse(init.signal);
    const lastSeq = start.case === "resume" ? start.value.lastSeq : undefined;
    this.asked.push({ poll, start: start.case, lastSeq, headers, response });
    return new Response(response.body, { headers: { "content-type": "application/connect+proto" } });
  }
}

/** Streams of the platform go on in tasks of their own. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test("a stream is read to its end, with the token in its request", async () => {
  const scene = new Scene();
  scene.open();
  const { response, headers, poll } = await scene.nth(1);
  expect([headers.get("authorization"), poll]).toEqual(["Bearer secret", false]);
  response.say(welcome);
  response.say(heartbeat);
  response.end();
  await scene.until(() => scene.ends.length > 0);
  expect(scene.responses.map(({ body }) => body.case)).toEqual(["welcome", "heartbeat"]);
  expect(scene.ends).toEqual([undefined]);
  expect(scene.clock.pending).toBe(0);
});

test("signals go by SendSignals, with the token of the session", async () => {
  const scene = new Scene();
  const stream = scene.open();
  const { response } = await scene.nth(1);
  response.say(welcome);
  await scene.until(() => scene.responses.length > 0);
  const signals = [create(SignalRequestSchema, { seq: 7, body: { case: "bye", value: {} } })];
  expect(await stream.send(signals, new AbortController().signal)).toMatchObject({ ack: 7 });
  const { url, init } = scene.posts[0] ?? { url: "", init: {} };
  expect(url).toBe("http://service.test/base/parley.v1.SignalingService/SendSignals");
  const request = fromBinary(SendSignalsRequestSchema, init.body as Uint8Array);
  expect(request).toMatchObject({ sessionToken: "token", signals: [{ seq: 7 }] });
  stream.close();
});

test("the last word outlives the page", async () => {
  const scene = new Scene();
  await scene.transport.sendLast("token", [create(SignalRequestSchema, {})], "secret");
  const init: RequestInit = scene.posts[0]?.init ?? {};
  expect(init).toMatchObject({ method: "POST", keepalive: true });
  expect(new Headers(init.headers).get("authorization")).toBe("Bearer secret");
  expect(fromBinary(SendSignalsRequestSchema, init.body as Uint8Array)).toMatchObject({
    sessionToken: "token",
  });
});

test("a stream that is held back is found out, and from there on it polls", async () => {
  const scene = new Scene();
  const stream = scene.open();
  await scene.nth(1);
  await scene.clock.advance(4_000);
  const first = await scene.nth(2);
  expect([first.poll, first.start]).toEqual([true, "join"]);
  first.response.say(welcome);
  first.response.end();
  const second = await scene.nth(3);
  expect([second.poll, second.start, second.lastSeq]).toEqual([true, "resume", 0]);
  scene.lastSeq = 3;
  second.response.say(welcome);
  second.response.end();
  expect((await scene.nth(4)).lastSeq).toBe(3);
  expect(scene.held).toBe(2);
  stream.close();
  await nextTask();
  scene.open({ case: "resume", value: create(ResumeSchema, { sessionToken: "token" }) });
  expect((await scene.nth(5)).poll).toBe(true);
  expect(scene.ends).toEqual([]);
});

test("where polls are slow too, the next stream is tried whole", async () => {
  const scene = new Scene();
  const stream = scene.open();
  await scene.nth(1);
  await scene.clock.advance(4_000);
  const { response } = await scene.nth(2);
  await scene.clock.advance(3_500);
  response.say(welcome);
  response.end();
  await scene.nth(3);
  stream.close();
  scene.open();
  expect((await scene.nth(4)).poll).toBe(false);
});

test("a stream that answered in time is not doubted later", async () => {
  const scene = new Scene();
  const stream = scene.open();
  const { response } = await scene.nth(1);
  response.say(welcome);
  await scene.until(() => scene.responses.length > 0);
  expect(scene.clock.pending).toBe(0);
  stream.close();
});

test("polling can be ruled out, and demanded", async () => {
  const never = new Scene({ poll: "never" });
  never.open();
  expect((await never.nth(1)).poll).toBe(false);
  expect(never.clock.pending).toBe(0);
  const always = new Scene({ poll: "always" });
  always.open();
  expect((await always.nth(1)).poll).toBe(true);
});

test("a stream that is closed says nothing more", async () => {
  const scene = new Scene();
  const stream = scene.open();
  const { response } = await scene.nth(1);
  response.say(welcome);
  await scene.until(() => scene.responses.length > 0);
  stream.close();
  await nextTask();
  expect(scene.ends).toEqual([]);
  expect(scene.clock.pending).toBe(0);
});
