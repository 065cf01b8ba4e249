import { connect } from "node:tls";
import { create } from "@bufbuild/protobuf";
import { sizeDelimitedDecodeStream, sizeDelimitedEncode } from "@bufbuild/protobuf/wire";
import { SignalRequestSchema, SignalResponseSchema } from "@parley/contract";
import { statusOfClosed, tcpPreface } from "../contract/ways/tcp.ts";
import { Arrivals } from "./arrivals.ts";
import type { SignalInit, TlsWay } from "./tls-way.ts";

/** Signal over TLS and TCP. The preface comes behind the handshake: where TLS ends, a client does not know. */
export const tcp: TlsWay = {
  name: "TCP",
  open(url, ca, first) {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), ca, ALPNProtocols: ["parley/1"] });
    const arrivals = new Arrivals();
    const read = async () => {
      try {
        for await (const response of sizeDelimitedDecodeStream(SignalResponseSchema, socket)) {
          if (response.body.case === "closed") arrivals.end(statusOfClosed(response.body.value));
          else arrivals.push(response);
        }
      } catch {
        // The connection was lost.
      }
      arrivals.end({ code: "CUT" });
    };
    const send = (request: SignalInit) =>
      socket.write(sizeDelimitedEncode(SignalRequestSchema, create(SignalRequestSchema, request)));
    void read();
    socket.write(tcpPreface);
    send({ body: first as { case: "join"; value: object } });
    return {
      arrivals,
      async send(_token, signal) {
        send(signal);
      },
      cut: () => socket.destroy(),
    };
  },
};
