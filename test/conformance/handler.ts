import { fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { type Code, ConnectError } from "@connectrpc/connect";
import { parseTimeout as parseConnectTimeout } from "@connectrpc/connect/protocol-connect";
import { parseTimeout as parseGrpcTimeout } from "@connectrpc/connect/protocol-grpc";
import type { Call, CallHandler } from "../../server/src/rpc/call.ts";
import type { Suite } from "./suite.ts";

interface Header {
  readonly name: string;
  readonly value?: string[];
}

/** `UnaryResponseDefinition` and `StreamResponseDefinition`, whose `response_data` is repeated. */
interface Definition {
  readonly responseHeaders?: readonly Header[];
  readonly responseTrailers?: readonly Header[];
  readonly responseData?: string | readonly string[];
  readonly responseDelayMs?: number;
  readonly error?: { readonly code: string; readonly message?: string; readonly details?: JsonValue[] };
}

/** Any request of `ConformanceService`. */
interface Request {
  readonly responseDefinition?: Definition;
  readonly fullDuplex?: boolean;
}

/** `ConformanceService`, as its comments and docs/testing_servers.md of the suite have it. */
export class ConformanceHandler implements CallHandler {
  readonly #call: Call;
  readonly #suite: Suite;
  /** Reported in the first response, which may come when the call is over. */
  readonly #requestHeader: Headers;
  #definition: Definition = {};
  #fullDuplex = false;
  #began = false;
  /** Received, and not yet reported in a response. */
  #requests: JsonObject[] = [];
  #answers = 0;
  /** One step after the other: each may have to wait for its delay. */
  #steps: Promise<void> = Promise.resolve();

  constructor(call: Call, suite: Suite) {
    this.#call = call;
    this.#suite = suite;
    this.#requestHeader = call.requestHeader;
  }

  message(bytes: Uint8Array): void {
    const { input } = this.#call.method;
    const json = this.#suite.decode(input, bytes);
    if (!this.#began) this.#begin(json as Request);
    this.#requests.push({ "@type": `type.googleapis.com/${input.typeName}`, ...json });
    if (!this.#fullDuplex) return;
    const count = this.#requests.length;
    this.#then(() => (this.#answers < this.#data.length ? this.#answer(count) : this.#end()));
  }

  halfClose(): void {
    this.#then(() => this.#finish());
  }

  drain(): void {}

  closed(): void {}

  #begin({ responseDefinition, fullDuplex }: Request): void {
    this.#began = true;
    this.#definition = responseDefinition ?? {};
    this.#fullDuplex = fullDuplex === true;
    const { responseHeaders = [], responseTrailers = [] } = this.#definition;
    for (const { name, value = [] } of responseHeaders) {
      for (const one of value) this.#call.responseHeader.append(name, one);
    }
    for (const { name, value = [] } of responseTrailers) {
      for (const one of value) this.#call.responseTrailer.append(name, one);
    }
  }

  #then(step: () => Promise<void>): void {
    this.#steps = this.#steps.then(async () => {
      if (!this.#call.ended) await step();
    });
  }

  /** The data of all responses. A response that is no stream comes even if nothing asks for it. */
  get #data(): readonly string[] {
    const { responseData, error } = this.#definition;
    if (typeof responseData === "object") return responseData;
    const { methodKind } = this.#call.method;
    if (methodKind === "bidi_streaming" || methodKind === "server_streaming") return [];
    return error === undefined ? [responseData ?? ""] : [];
  }

  async #finish(): Promise<void> {
    while (this.#answers < this.#data.length && !this.#call.ended) await this.#answer(this.#requests.length);
    await this.#end();
  }

  async #answer(requests: number): Promise<void> {
    await this.#delay();
    const first = this.#answers === 0;
    const data = this.#data[this.#answers++] ?? "";
    const told = this.#requests.splice(0, requests);
    const requestInfo = first ? this.#requestInfo(told) : this.#fullDuplex ? { requests: told } : {};
    this.#call.write(this.#suite.encode(this.#call.method.output, { payload: { data, requestInfo } }));
  }

  async #end(): Promise<void> {
    const { error } = this.#definition;
    if (error === undefined) return this.#call.end();
    if (this.#answers === 0) await this.#delay();
    const details = [...(error.details ?? [])];
    if (this.#answers === 0) {
      const type = this.#suite.message("ConformancePayload.RequestInfo").typeName;
      details.push({ "@type": `type.googleapis.com/${type}`, ...this.#requestInfo(this.#requests) });
    }
    const ended = new ConnectError(error.message ?? "", this.#suite.enumNumber("Code", error.code) as Code);
    for (const detail of details) {
      const { typeUrl, value } = fromJson(AnySchema, detail, { registry: this.#suite.registry });
      ended.details.push({ type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value });
    }
    this.#call.end(ended);
  }

  #delay(): Promise<void> {
    const { responseDelayMs = 0 } = this.#definition;
    return responseDelayMs === 0
      ? Promise.resolve()
      : new Promise((resolve) => setTimeout(resolve, responseDelayMs));
  }

  #requestInfo(requests: JsonObject[]): JsonObject {
    const { protocol } = this.#call;
    const requestHeader = this.#requestHeader;
    const { timeoutMs } =
      protocol === "connect"
        ? parseConnectTimeout(requestHeader.get("connect-timeout-ms"), Number.MAX_SAFE_INTEGER)
        : parseGrpcTimeout(requestHeader.get("grpc-timeout"), Number.MAX_SAFE_INTEGER);
    return {
      requests,
      requestHeaders: [...requestHeader].map(([name, value]) => ({ name, value: [value] })),
      ...(timeoutMs === undefined ? {} : { timeoutMs: String(Math.floor(timeoutMs)) }),
    };
  }
}
