import { once } from "node:events";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import {
  SendSignalsRequestSchema,
  type SignalRequest,
  SignalRequestSchema,
  type SignalResponse,
  SignalResponseSchema,
} from "@parley/contract";
import { expect, test } from "vitest";
import { Server } from "../../server/src/server.ts";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { candidate } from "./stage/content.ts";
import { LogBook } from "./stage/log-book.ts";
import { configOf } from "./stage/stage.ts";
import { requestOf, type SignalInit } from "./ways/way.ts";

const sessions = 500;
const serialize = (request: SignalRequest): Buffer => Buffer.from(toBinary(SignalRequestSchema, request));
const deserialize = (bytes: Buffer): SignalResponse => fromBinary(SignalResponseSchema, bytes);

/** A peer that shares its channel with others. */
class ChannelPeer {
  readonly #call: grpc.ClientDuplexStream<SignalRequest, SignalResponse>;
  readonly received: SignalResponse["body"][] = [];

  constructor(client: grpc.Client, room: string, peerId: string) {
    this.#call = client.makeBidiStreamRequest("/parley.v1.SignalingService/Signal", serialize, deserialize);
    // "status" reports it as well; without a listener it would end the process.
    this.#call.on("error", () => {});
    this.#call.on("data", ({ body }: SignalResponse) => this.received.push(body));
    this.send({ body: { case: "join", value: { room, peerId } } });
  }

  send(signal: SignalInit): void {
    this.#call.write(requestOf(signal));
  }

  has(kind: SignalResponse["body"]["case"]): boolean {
    return this.received.some((body) => body.case === kind);
  }

  async leave(): Promise<number> {
    this.send({ seq: 2, body: { case: "leave", value: {} } });
    const [status]: grpc.StatusObject[] = await once(this.#call, "status");
    return status?.code ?? -1;
  }
}

test(`${sessions} sessions share one channel of grpc-js, and a unary call still finds room on it`, async () => {
  await using server = new Server(await configOf([]), { logger: new LogBook() });
  const { port } = await server.start();
  await using proxy = await TcpProxy.start(() => [port], { resets: true });
  const client = new grpc.Client(proxy.address, grpc.credentials.createInsecure());
  const peers = Array.from(
    { length: sessions },
    (_, index) => new ChannelPeer(client, `room-${index >> 1}`, index % 2 === 0 ? "even" : "odd"),
  );
  await expect.poll(() => peers.every((peer) => peer.has("welcome")), { timeout: 10_000 }).toBe(true);
  for (const [index, peer] of peers.entries()) {
    const to = index % 2 === 0 ? "odd" : "even";
    peer.send({ seq: 1, to, body: { case: "iceCandidate", value: { candidate: candidate(`${index}`) } } });
  }
  await expect.poll(() => peers.every((peer) => peer.has("iceCandidate")), { timeout: 10_000 }).toBe(true);

  const [welcome] = peers[0]?.received ?? [];
  const token = welcome?.case === "welcome" ? welcome.value.sessionToken : "";
  const code = await new Promise((resolve) => {
    const request = create(SendSignalsRequestSchema, { sessionToken: token });
    client.makeUnaryRequest(
      "/parley.v1.SignalingService/SendSignals",
      (bytes: Buffer) => bytes,
      (bytes) => bytes,
      Buffer.from(toBinary(SendSignalsRequestSchema, request)),
      { deadline: Date.now() + 5000 },
      (error) => resolve(error?.code ?? grpc.status.OK),
    );
  });
  expect(code).toBe(grpc.status.OK);
  expect(await Promise.all(peers.map((peer) => peer.leave()))).toEqual(peers.map(() => grpc.status.OK));
  expect(proxy.cut(), "connections of the channel").toBe(1);
  client.close();
});

test("Welcome says how many streams a connection may have", async () => {
  await using server = new Server(await configOf(["--streams", "7"]), { logger: new LogBook() });
  const { port } = await server.start();
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const peer = new ChannelPeer(client, "room", "peer");
  await expect.poll(() => peer.received[0]).toMatchObject({ value: { limits: { streamsPerConnection: 7 } } });
  client.close();
});
