import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import {
  SignalingService,
  type SignalRequest,
  SignalRequestSchema,
  type SignalResponse,
  SignalResponseSchema,
} from "@parley/contract";
import { Inbox } from "../contract/ways/inbox.ts";
import { RequestQueue } from "../contract/ways/request-queue.ts";
import { requestOf, type SignalInit, statusOf } from "../contract/ways/way.ts";

/** One stream of `Signal`. */
export interface ChannelStream {
  readonly inbox: Inbox;
  send(signal: SignalInit): void;
}

/** A client that keeps its connection from stream to stream, as backends do. */
export interface Channel extends Disposable {
  open(): ChannelStream;
}

function grpcJsChannel(address: string): Channel {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  return {
    open() {
      const inbox = new Inbox();
      const call = client.makeBidiStreamRequest(
        "/parley.v1.SignalingService/Signal",
        (request: SignalRequest) => Buffer.from(toBinary(SignalRequestSchema, request)),
        (bytes: Buffer): SignalResponse => fromBinary(SignalResponseSchema, bytes),
      );
      call.on("data", (response: SignalResponse) => inbox.push(response));
      // "status" reports it as well; without a listener it would end the process.
      call.on("error", () => {});
      call.on("status", ({ code }: grpc.StatusObject) =>
        inbox.end({ code: grpc.status[code] ?? String(code) }),
      );
      return { inbox, send: (signal) => call.write(requestOf(signal)) };
    },
    [Symbol.dispose]: () => client.close(),
  };
}

function connectNodeChannel(
  address: string,
  makeTransport: (baseUrl: string, sessionManager: Http2SessionManager) => Transport,
): Channel {
  const baseUrl = `http://${address}`;
  const sessions = new Http2SessionManager(baseUrl);
  const client = createClient(SignalingService, makeTransport(baseUrl, sessions));
  const read = async (requests: RequestQueue<SignalRequest>, inbox: Inbox) => {
    try {
      for await (const response of client.signal(requests)) inbox.push(response);
      inbox.end({ code: "OK" });
    } catch (error) {
      inbox.end(statusOf(ConnectError.from(error)));
    } finally {
      requests.end();
    }
  };
  return {
    open() {
      const inbox = new Inbox();
      const requests = new RequestQueue<SignalRequest>();
      void read(requests, inbox);
      return { inbox, send: (signal) => requests.push(requestOf(signal)) };
    },
    [Symbol.dispose]: () => sessions.abort(),
  };
}

/** By the name of the library. */
export const channels: Readonly<Record<string, (address: string) => Channel>> = {
  "grpc-js": grpcJsChannel,
  "connect-node, gRPC": (address) =>
    connectNodeChannel(address, (baseUrl, sessionManager) =>
      createGrpcTransport({ baseUrl, sessionManager }),
    ),
  "connect-node, Connect": (address) =>
    connectNodeChannel(address, (baseUrl, sessionManager) =>
      createConnectTransport({ baseUrl, sessionManager, httpVersion: "2" }),
    ),
};
