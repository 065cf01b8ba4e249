import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport, type HandlerContext } from "@connectrpc/connect";
import {
  JoinSchema,
  ResumeSchema,
  type SendSignalsRequest,
  SignalingService,
  type SignalRequest,
  SignalRequestSchema,
} from "@parley/contract";
import type { SignalResponse } from "@parley/contract/plain";
import { expect, test } from "vitest";
import { bidiTransport } from "./bidi-transport.ts";

/** A service in this process that answers each signal with its number. */
class Scene {
  readonly requests: SignalRequest[] = [];
  readonly sends: SendSignalsRequest[] = [];
  readonly responses: SignalResponse[] = [];
  readonly headers: (string | null)[] = [];
  readonly transport;
  readonly ended: Promise<string | undefined>;
  #end: (reason?: string) => void = () => {};
  gone = false;

  constructor() {
    const scene = this;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const transport = createRouterTransport(({ service }) =>
      service(SignalingService, {
        async *signal(requests: AsyncIterable<SignalRequest>, context: HandlerContext) {
          context.signal.addEventListener("abort", () => {
            scene.gone = true;
          });
          scene.headers.push(context.requestHeader.get("authorization"));
          for await (const request of requests) {
            scene.requests.push(request);
            if (request.body.case === "join") yield { body: { case: "welcome" as const, value: {} } };
            else yield { ack: request.seq, body: { case: "heartbeat" as const, value: {} } };
            if (request.body.case === "leave") return;
            if (request.body.case === "bye") throw new ConnectError("enough", Code.Unavailable);
          }
        },
        sendSignals(request: SendSignalsRequest) {
          scene.sends.push(request);
          return {};
        },
      }),
    );
    this.transport = bidiTransport({ transport });
  }

  open() {
    return this.transport.open({
      start: { case: "join", value: create(JoinSchema, { room: "r" }) },
      accessToken: "secret",
      resume: () => create(ResumeSchema, {}),
      response: (response) => this.responses.push(response),
      held: () => {},
      end: (error) => this.#end(error?.reason),
    });
  }
}

function request(seq: number, kind: "leave" | "bye" | "heartbeat"): SignalRequest {
  return create(SignalRequestSchema, { seq, body: { case: kind, value: {} } });
}

const never = new AbortController().signal;

test("a stream begins with the join, carries signals in order, and ends when the service ends it", async () => {
  const scene = new Scene();
  const stream = scene.open();
  await stream.send([request(1, "heartbeat"), request(2, "heartbeat")], never);
  await stream.send([request(3, "leave")], never);
  expect(await scene.ended).toBeUndefined();
  expect(scene.requests.map(({ body, seq }) => [body.case, seq])).toEqual([
    ["join", 0],
    ["heartbeat", 1],
    ["heartbeat", 2],
    ["leave", 3],
  ]);
  expect(scene.responses.map(({ ack }) => ack)).toEqual([0, 1, 2, 3]);
  expect(scene.headers).toEqual(["Bearer secret"]);
});

test("a stream that breaks says why", async () => {
  const scene = new Scene();
  const stream = scene.open();
  await stream.send([request(1, "bye")], never);
  expect(await scene.ended).toBe("NETWORK");
});

test("a stream that is closed is gone for the service too, and takes nothing more", async () => {
  const scene = new Scene();
  const stream = scene.open();
  while (scene.responses.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stream.close();
  expect(scene.gone).toBe(true);
  await expect(stream.send([request(1, "bye")], never)).rejects.toMatchObject({ reason: "NETWORK" });
});

test("the last word goes by a call of its own", async () => {
  const scene = new Scene();
  await scene.transport.sendLast("token", [request(0, "leave")], "secret");
  expect(scene.sends).toMatchObject([{ sessionToken: "token", signals: [{ body: { case: "leave" } }] }]);
});
