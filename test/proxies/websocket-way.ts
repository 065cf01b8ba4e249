import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { SignalRequestSchema, SignalResponseSchema } from "@parley/contract";
import { WebSocket } from "ws";
import { closeStatus } from "../contract/ways/websocket.ts";
import { Arrivals } from "./arrivals.ts";
import type { SignalInit, TlsWay } from "./tls-way.ts";

/** Signal over a WebSocket. */
export const webSocket: TlsWay = {
  name: "WebSocket, HTTP/1.1",
  open(url, ca, first) {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/v1/signal`, "parley.v1.proto", { ca });
    const arrivals = new Arrivals();
    const send = (request: SignalInit) =>
      socket.send(toBinary(SignalRequestSchema, create(SignalRequestSchema, request)));
    socket.once("open", () => send({ body: first as { case: "join"; value: object } }));
    socket.on("message", (data: Buffer) => {
      const response = fromBinary(SignalResponseSchema, data);
      if (response.body.case !== "closed") arrivals.push(response);
    });
    socket.on("error", () => {});
    socket.on("close", (code, reason) => arrivals.end(closeStatus(code, reason.toString())));
    return {
      arrivals,
      send: async (_token, signal) => send(signal),
      cut: () => socket.terminate(),
    };
  },
};
