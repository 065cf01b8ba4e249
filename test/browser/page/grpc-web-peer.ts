import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import {
  ReceiveRequestSchema,
  SendSignalsRequestSchema,
  SendSignalsResponseSchema,
  SignalRequestSchema,
  SignalResponseSchema,
} from "@parley/contract";
import { GrpcWebClientBase, MethodDescriptor, type RpcError } from "grpc-web";

/** A peer that speaks with the official client of gRPC-Web and nothing else, in its default form: as text. */
export class GrpcWebPeer {
  /** What came, in words, as it came. */
  readonly heard: string[] = [];
  readonly #client = new GrpcWebClientBase({ format: "text" });
  readonly #service: string;
  #token = "";
  #seq = 0;

  constructor(url: string) {
    this.#service = `${url}/parley.v1.SignalingService`;
  }

  receive(room: string, peerId: string): void {
    const request = create(ReceiveRequestSchema, { start: { case: "join", value: { room, peerId } } });
    const path = `${this.#service}/Receive`;
    const method = methodOf("server_streaming", path, ReceiveRequestSchema, SignalResponseSchema);
    const stream = this.#client.serverStreaming(path, request, {}, method);
    stream.on("data", ({ body, sender }) => {
      if (body.case === "welcome") this.#token = body.value.sessionToken;
      const of = sender === "" ? "" : ` from ${sender}`;
      this.heard.push(`${body.case}${of}${body.case === "offer" ? `: ${body.value.sdp}` : ""}`);
    });
    stream.on("error", (error) => this.heard.push(wordsOf(error)));
    stream.on("end", () => this.heard.push("end"));
  }

  /** Sends an offer, or leaves; resolves with the `ack`. */
  async send(signal: { readonly to: string; readonly sdp: string } | "leave"): Promise<number> {
    const seq = ++this.#seq;
    const sent =
      signal === "leave"
        ? create(SignalRequestSchema, { seq, body: { case: "leave", value: {} } })
        : create(SignalRequestSchema, {
            seq,
            to: signal.to,
            body: { case: "offer", value: { sdp: signal.sdp } },
          });
    const request = create(SendSignalsRequestSchema, { sessionToken: this.#token, signals: [sent] });
    const path = `${this.#service}/SendSignals`;
    const method = methodOf("unary", path, SendSignalsRequestSchema, SendSignalsResponseSchema);
    return (await this.#client.unaryCall(path, request, {}, method)).ack;
  }

  /** What a refused call ends with. */
  async refusal(): Promise<string> {
    const path = `${this.#service}/SendSignals`;
    const method = methodOf("unary", path, SendSignalsRequestSchema, SendSignalsResponseSchema);
    const request = create(SendSignalsRequestSchema, { sessionToken: "none" });
    return this.#client.unaryCall(path, request, {}, method).then(() => "accepted", wordsOf);
  }
}

function wordsOf({ code, message, metadata }: RpcError): string {
  return `${code} ${metadata["parley-reason"]} ${metadata["parley-retry"]}: ${message}`;
}

/** What its code generator would make, from the descriptors of protobuf-es. */
function methodOf<I extends DescMessage, O extends DescMessage>(
  kind: string,
  path: string,
  input: I,
  output: O,
) {
  // The constructors are called for interceptors alone.
  return new MethodDescriptor<MessageShape<I>, MessageShape<O>>(
    path,
    kind,
    Object as never,
    Object as never,
    (message: MessageShape<I>) => toBinary(input, message),
    (bytes: Uint8Array) => fromBinary(output, bytes),
  );
}

declare global {
  interface Window {
    grpcWebPeer: GrpcWebPeer;
    GrpcWebPeer: typeof GrpcWebPeer;
  }
}

window.GrpcWebPeer = GrpcWebPeer;
