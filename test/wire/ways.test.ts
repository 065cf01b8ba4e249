import type { DescMethod, DescMethodStreaming, DescMethodUnary, Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { Reason } from "@parley/contract";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { reasonOfError } from "../../server/src/errors/parley-error.ts";
import { echo, echoMethods, textOfEcho } from "./echo-service.ts";
import { ways } from "./ways.ts";
import { WirePort } from "./wire-port.ts";

describe.each(ways)("by $name", (way) => {
  let port: WirePort;
  let client: { transport: Transport; close(): void };

  beforeAll(async () => {
    port = await WirePort.start();
    client = way.transport(port.url);
  });
  afterEach(() => {
    expect(port.heard.flatMap(({ events }) => events.filter((event) => event.endsWith("END")))).toEqual([]);
    for (const { events } of port.heard.splice(0)) {
      expect(events.filter((event) => event.startsWith("closed"))).toHaveLength(1);
    }
  });
  afterAll(async () => {
    client.close();
    await port.close(0);
  });

  const unary = (method: DescMethod, text: string, headers: HeadersInit = {}, timeoutMs?: number) =>
    client.transport.unary(method as DescMethodUnary, undefined, timeoutMs, headers, echo(text) as never);

  async function* stream(
    method: DescMethod,
    requests: AsyncIterable<Message> | Message[],
    options: {
      headers?: HeadersInit;
      timeoutMs?: number;
      signal?: AbortSignal;
      trailer?: (t: Headers) => void;
    } = {},
  ) {
    const response = await client.transport.stream(
      method as DescMethodStreaming,
      options.signal,
      options.timeoutMs,
      options.headers,
      all(requests) as never,
    );
    for await (const message of response.message) yield textOfEcho(message as Message);
    options.trailer?.(response.trailer);
  }

  const none = () => {};
  const testHttp1: typeof test | typeof none = way.http === 1 ? test : none;
  const testHttp2: typeof test | typeof none = way.http === 2 ? test : none;
  const errorOf = async (call: Promise<unknown>): Promise<ConnectError> =>
    call.then(
      () => expect.unreachable("the call did not fail"),
      (error: unknown) => {
        expect(error).toBeInstanceOf(ConnectError);
        return ConnectError.from(error);
      },
    );
  const read = (messages: AsyncIterable<string>) => Array.fromAsync(messages);

  test("a unary call is answered, with headers and trailers", async () => {
    const response = await unary(echoMethods.unary, "hello", { "x-echo": "abc" });
    expect(textOfEcho(response.message)).toBe("hello");
    expect(response.header.get("x-header")).toBe("abc");
    expect(response.trailer.get("x-trailer")).toBe("abc");
  });

  test("a stream from the server has its messages in order", async () => {
    const messages = await read(stream(echoMethods.down, [echo("500 times")]));
    expect(messages).toHaveLength(500);
  });

  test("a stream from the client is answered once", async () => {
    const requests = ["a", "b", "c"].map((text) => echo(text));
    expect(await read(stream(echoMethods.up, requests))).toEqual(["a,b,c"]);
  });

  test("a large message arrives whole", async () => {
    const large = "x".repeat(60_000);
    expect(textOfEcho((await unary(echoMethods.unary, large)).message)).toBe(large);
  });

  test("an error keeps its code, its words and its details", async () => {
    const error = await errorOf(unary(echoMethods.unary, "fail"));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toBe("no room, ünfortunately");
    expect(reasonOfError(error)).toBe(Reason.ROOM_FULL);
  });

  test("a stream may end in an error, and has trailers then too", async () => {
    const error = await errorOf(
      read(stream(echoMethods.down, [echo("fail")], { headers: { "x-echo": "1" } })),
    );
    expect(reasonOfError(error)).toBe(Reason.ROOM_FULL);
    expect(error.metadata.get("x-trailer")).toBe("1");
  });

  test("a handler may refuse at the door", async () => {
    const error = await errorOf(unary(echoMethods.unary, "x", { "x-wish": "refuse" }));
    expect(error.rawMessage).toBe("refused at the door");
    port.heard.length = 0; // it was never opened, and so is never closed
  });

  test("a handler that throws reveals nothing to the client", async () => {
    const error = await errorOf(unary(echoMethods.unary, "throw"));
    expect(error.code).toBe(Code.Internal);
    expect(error.rawMessage).toBe("internal error");
    expect(String(port.errors.splice(0))).toContain("a secret of the server");
  });

  test("a message over the limit is refused, and said so", async () => {
    const error = await errorOf(unary(echoMethods.unary, "x".repeat(70_000)));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(reasonOfError(error)).toBe(Reason.MESSAGE_TOO_LARGE);
  });

  test("the deadline ends a call that is not answered", async () => {
    const heard = port.nextCall();
    const error = await errorOf(read(stream(echoMethods.down, [echo("never")], { timeoutMs: 50 })));
    expect(error.code).toBe(Code.DeadlineExceeded);
    expect([Code.DeadlineExceeded, Code.Canceled]).toContain((await (await heard).closed)?.code);
  });

  test("the handler learns that its client has gone", async () => {
    const abort = new AbortController();
    const heard = port.nextCall();
    const failed = errorOf(read(stream(echoMethods.down, [echo("never")], { signal: abort.signal })));
    const { closed } = await heard;
    abort.abort();
    expect((await closed)?.code).toBe(Code.Canceled);
    expect((await failed).code).toBe(Code.Canceled);
  });

  test("an unknown method is unimplemented", async () => {
    const unknown = { ...echoMethods.unary, name: "Nothing" };
    expect((await errorOf(unary(unknown, "x"))).code).toBe(Code.Unimplemented);
  });

  testHttp2("a conversation goes back and forth", async () => {
    const requests = new TransformStream<Message, Message>();
    const writer = requests.writable.getWriter();
    const answers = stream(echoMethods.both, requests.readable);
    for (const text of ["one", "two", "three"]) {
      void writer.write(echo(text));
      expect((await answers.next()).value).toBe(text);
    }
    await writer.close();
    expect((await answers.next()).done).toBe(true);
  });

  testHttp2("the server may end while its client still sends", async () => {
    const requests = new TransformStream<Message, Message>();
    const writer = requests.writable.getWriter();
    writer.closed.catch(() => {}); // it is cancelled in the end
    const trailers: (string | null)[] = [];
    const answers = stream(echoMethods.both, requests.readable, {
      headers: { "x-echo": "last" },
      trailer: (trailer) => trailers.push(trailer.get("x-trailer")),
    });
    void writer.write(echo("one")).catch(() => {});
    expect((await answers.next()).value).toBe("one");
    void writer.write(echo("end")).catch(() => {});
    expect((await answers.next()).done).toBe(true);
    expect(trailers).toEqual(["last"]);
  });

  testHttp1("a conversation is refused, since HTTP/1.1 has none", async () => {
    const error = await errorOf(read(stream(echoMethods.both, [echo("x")])));
    expect([Code.Unknown, Code.Unimplemented, Code.Internal]).toContain(error.code);
  });
});

async function* all(messages: AsyncIterable<Message> | Message[]) {
  yield* messages;
}
