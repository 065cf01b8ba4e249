import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { create, fromJson, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  AdmissionService,
  type AdmitRequest,
  AdmitRequestSchema,
  AdmitResponseSchema,
} from "@parley/contract";

/** What a backend answers; never resolving is never answering. */
export type Decide = (
  request: AdmitRequest,
) => MessageInitShape<typeof AdmitResponseSchema> | Promise<MessageInitShape<typeof AdmitResponseSchema>>;

/** An operator's backend that decides about joins: over gRPC, or in JSON by nothing but `node:http`. */
export class Backend implements AsyncDisposable {
  readonly protocol: "json" | "grpc";
  decide: Decide;
  readonly asked: AdmitRequest[] = [];
  /** The `authorization` header of the last request. */
  authorization: string | undefined;
  readonly #server: Server | Http2Server;
  readonly #sockets = new Set<Socket>();

  private constructor(protocol: "json" | "grpc", decide: Decide) {
    this.protocol = protocol;
    this.decide = decide;
    this.#server = protocol === "grpc" ? this.#grpcServer() : this.#jsonServer();
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(protocol: "json" | "grpc", decide: Decide): Promise<Backend> {
    const backend = new Backend(protocol, decide);
    backend.#server.listen(0, "127.0.0.1");
    await once(backend.#server, "listening");
    return backend;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What a server is started with to ask this backend. */
  get flags(): string[] {
    return ["--admission-url", this.url, "--admission-protocol", this.protocol];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server, "close");
  }

  async #answer(request: AdmitRequest, authorization: string | undefined) {
    this.asked.push(request);
    this.authorization = authorization;
    return create(AdmitResponseSchema, await this.decide(request));
  }

  #grpcServer(): Http2Server {
    return createHttp2Server(
      connectNodeAdapter({
        routes: (router) => {
          router.service(AdmissionService, {
            admit: (request, { requestHeader }) =>
              this.#answer(request, requestHeader.get("authorization") ?? undefined),
          });
        },
      }),
    );
  }

  #jsonServer(): Server {
    return createServer((request, response) => {
      this.#serveJson(request, response).catch(() => {
        response.writeHead(500).end();
      });
    });
  }

  async #serveJson(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url !== "/parley.v1.AdmissionService/Admit") throw new Error(`no such path: ${request.url}`);
    const body = Buffer.concat(await request.toArray()).toString();
    const asked = fromJson(AdmitRequestSchema, JSON.parse(body));
    const answer = await this.#answer(asked, request.headers.authorization);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(toJson(AdmitResponseSchema, answer)));
  }
}
