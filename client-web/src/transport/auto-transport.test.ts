import { expect, test } from "vitest";
import type { SessionTransport, StreamInit, Via } from "../session/session-transport.ts";
import { request } from "../session/signals.ts";
import { clientError, type SignalingError } from "../signaling-error.ts";
import { FakeTransport } from "../testing/fake-transport.ts";
import { SettlingClock, settle } from "../testing/settling-clock.ts";
import { joining } from "../testing/stream-start.ts";
import { AutoTransport, type TransportWay } from "./auto-transport.ts";

const networkError = () => clientError("NETWORK", "no upgrade");

/** Three ways to a service whose answers the test gives. */
function scene(broken: Partial<Record<Via, unknown>> = {}) {
  const clock = new SettlingClock();
  const fakes = { websocket: new FakeTransport(), stream: new FakeTransport(), poll: new FakeTransport() };
  fakes.stream.answersHeartbeats = true;
  const loaded: Via[] = [];
  const way = (via: Via): TransportWay => ({
    via,
    async load(): Promise<SessionTransport> {
      loaded.push(via);
      if (via in broken) throw broken[via];
      return fakes[via];
    },
  });
  const transport = new AutoTransport([way("websocket"), way("stream"), way("poll")], clock);
  const ends: (SignalingError | undefined)[] = [];
  const responses: string[] = [];
  const init: StreamInit = {
    ...joining,
    response: ({ body }) => responses.push(body.case ?? ""),
    held: () => responses.push("held"),
    end: (error) => ends.push(error),
  };
  const open = async () => {
    const stream = transport.open(init);
    await settle();
    return stream;
  };
  return { clock, ...fakes, transport, loaded, ends, responses, open };
}

test("the preferred way is taken, and no other is loaded", async () => {
  const { clock, websocket, transport, loaded, responses, open } = scene();
  expect(transport.via).toBeUndefined();
  await open();
  websocket.stream.welcome();
  await clock.advance(60_000);
  expect(responses).toEqual(["welcome"]);
  expect(loaded).toEqual(["websocket"]);
  expect([transport.via, transport.answersHeartbeats]).toEqual(["websocket", false]);
});

test("a way that cannot be reached is left for the next one at once", async () => {
  const { websocket, stream, transport, ends, responses, open } = scene();
  await open();
  websocket.stream.end(networkError());
  await settle();
  stream.stream.welcome();
  expect(responses).toEqual(["welcome"]);
  expect(ends).toEqual([]);
  expect([transport.via, transport.answersHeartbeats]).toEqual(["stream", true]);
});

test("a way whose code cannot be loaded is left too", async () => {
  const { stream, responses, open } = scene({ websocket: new TypeError("404") });
  await open();
  stream.stream.welcome();
  expect(responses).toEqual(["welcome"]);
});

test("a service that no way reaches is an error of the network", async () => {
  const { websocket, stream, poll, ends, open } = scene();
  await open();
  for (const each of [websocket, stream, poll]) {
    expect(ends).toEqual([]);
    each.stream.end(networkError());
    await settle();
  }
  expect(ends).toMatchObject([{ reason: "NETWORK" }]);
});

test("a refusal of the service is its answer, over whichever way it comes", async () => {
  const { websocket, stream, ends, open } = scene();
  await open();
  websocket.stream.end(clientError("OTHER", "refused"));
  await settle();
  expect(ends).toMatchObject([{ reason: "OTHER" }]);
  expect(stream.streams).toEqual([]);
});

test("a stream that breaks after it was answered ends, and is not opened over another way", async () => {
  const { websocket, stream, ends, open } = scene();
  await open();
  websocket.stream.welcome();
  websocket.stream.end(networkError());
  await settle();
  expect(ends).toMatchObject([{ reason: "NETWORK" }]);
  expect(stream.streams).toEqual([]);
});

test("a way that stays silent is left, and tried last once the next one is answered quickly", async () => {
  const { clock, websocket, stream, responses, open } = scene();
  await open();
  await clock.advance(4_000);
  expect(websocket.stream.closed).toBe(true);
  stream.stream.welcome();
  expect(responses).toEqual(["welcome"]);
  await open();
  expect([websocket.streams.length, stream.streams.length]).toEqual([1, 2]);
});

test("on a slow network the preferred way stays preferred", async () => {
  const { clock, websocket, stream, open } = scene();
  await open();
  await clock.advance(4_000);
  await clock.advance(3_500);
  stream.stream.welcome();
  await open();
  expect(websocket.streams.length).toBe(2);
});

test("what a stream says that was left is not heard", async () => {
  const { clock, websocket, stream, responses, ends, open } = scene();
  await open();
  await clock.advance(4_000);
  websocket.stream.welcome();
  websocket.stream.end(networkError());
  stream.stream.welcome();
  expect(responses).toEqual(["welcome"]);
  expect(ends).toEqual([]);
});

test("a way that fails twice in a row is tried last, until all have failed", async () => {
  const { websocket, stream, poll, open } = scene();
  for (let time = 0; time < 2; time++) {
    await open();
    websocket.stream.end(networkError());
    await settle();
    stream.stream.welcome();
  }
  await open();
  expect([websocket.streams.length, stream.streams.length]).toEqual([2, 3]);
  for (let time = 0; time < 2; time++) {
    for (const each of [stream, poll, websocket]) {
      each.stream.end(networkError());
      await settle();
    }
    await open();
  }
  expect(websocket.streams.at(-1)?.closed).toBe(false);
});

test("a way whose sends find no connection is tried last", async () => {
  const { websocket, stream, open } = scene();
  await open();
  websocket.stream.end(networkError());
  await settle();
  stream.stream.welcome();
  const opened = await open();
  websocket.stream.end(networkError());
  await settle();
  stream.stream.welcome();
  const sending = opened.send([request({ case: "leave", value: {} })], new AbortController().signal);
  stream.stream.batch.fail(clientError("CONNECTIONS_EXHAUSTED", "too many tabs"));
  await expect(sending).rejects.toMatchObject({ reason: "CONNECTIONS_EXHAUSTED" });
  const { length } = stream.streams;
  await open();
  expect(stream.streams.length).toBe(length);
});

test("a stream that is closed before its code is loaded opens nothing", async () => {
  const { websocket, transport, ends } = scene();
  const init = { start: { case: "join", value: {} } } as unknown as StreamInit;
  transport.open(init).close();
  await settle();
  expect(websocket.streams).toEqual([]);
  expect(ends).toEqual([]);
});

test("the last batch of a page goes over the way that is used", async () => {
  const { websocket, stream, transport, open } = scene();
  await open();
  websocket.stream.end(networkError());
  await settle();
  stream.stream.welcome();
  await transport.sendLast("token", []);
  expect([websocket.last.length, stream.last.length]).toEqual([0, 1]);
});
