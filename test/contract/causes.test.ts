import { describe, expect, test } from "vitest";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { until } from "../kit/until.ts";
import { sdp } from "./stage/content.ts";
import { Stage } from "./stage/stage.ts";
import { grpcJs } from "./ways/grpc-js.ts";
import { plainHttp } from "./ways/plain-http.ts";
import { restHttp1, restHttp2 } from "./ways/rest.ts";
import { tcp } from "./ways/tcp.ts";
import { webSocketBinary } from "./ways/websocket.ts";

// What the service does to a stream must not look like the doing of its client: metrics of slow readers, of silent clients
// and of broken messages count these causes. One way for each door and version of HTTP.

const largest = 60_000;
/** Seventeen megabytes: more than the buffers of two kernels hold. Often a tenth is enough. */
const most = 280;
const mebibyte = 1024 * 1024;
/** The mailbox holds all of it. */
const roomy = ["--mailbox-signals", "300", "--mailbox-bytes", `${64 * mebibyte}`];
const flags = [...roomy, "--write-stall", "2"];

/** A network of their own, for those who join from now on. */
async function networkOf(stage: Stage): Promise<TcpProxy> {
  const { port } = new URL(stage.url);
  const network = await TcpProxy.start(() => [Number(port)]);
  stage.url = network.url;
  return network;
}

describe("the stream of a client that takes nothing of what is written ends as that of a slow reader", () => {
  test.each([grpcJs, plainHttp, webSocketBinary, restHttp1, restHttp2, tcp])("$name", async (way) => {
    await using stage = await Stage.start(way, flags);
    const alice = await stage.join("alice");
    await using network = await networkOf(stage);
    const bob = await stage.join("bob");
    network.stall("responses");
    for (let sent = 0; sent < most && stage.ends.length === 0; sent += 4) {
      const offers = [0, 1, 2, 3].map((more) => {
        const value = { sdp: sdp(`o${sent + more}`, largest) };
        return { to: bob.peerId, body: { case: "offer", value } } as const;
      });
      await alice.send(...offers);
      await alice.acked();
    }
    await until(() => stage.ends.length > 0, "the end of his stream", 50_000);
    expect(stage.ends).toEqual(["SLOW_READER"]);
  });
});

// For HTTP/2 see test/wire/connection-life.test.ts.
test("the stream of a client that answers no PING ends as that of a silent one", async () => {
  const patience = ["--websocket-ping", "2", "--websocket-ping-timeout", "5"];
  await using stage = await Stage.start(webSocketBinary, patience);
  await using network = await networkOf(stage);
  await stage.join("bob");
  network.stall();
  // Connections live in the time of the machine, not of the stage.
  await until(() => stage.ends.length > 0, "the end of his stream", 50_000);
  expect(stage.ends).toEqual(["HEARTBEAT_TIMEOUT"]);
});

describe("a stream whose client breaks the connection ends by its client", () => {
  test.each([grpcJs, plainHttp, webSocketBinary, restHttp1, restHttp2, tcp])("$name", async (way) => {
    await using stage = await Stage.start(way);
    await using network = await networkOf(stage);
    await stage.join("bob");
    network.cut();
    await stage.attached(0);
    expect(stage.ends).toEqual(["its client"]);
  });
});
