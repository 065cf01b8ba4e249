import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { Call, CallHandler, OpenCall } from "../../server/src/rpc/call.ts";
import type { ModelCall } from "./model-call.ts";

/** One call without a wire: requests and responses lie in two queues until the test moves them on. */
export class FakeCall implements Call, ModelCall {
  readonly method: DescMethod;
  readonly protocol = "grpc";
  readonly requestHeader = new Headers();
  readonly responseHeader = new Headers();
  readonly responseTrailer = new Headers();
  ended = false;
  error: ConnectError | undefined;
  paused = false;
  blocked = false;
  readonly down: Uint8Array[] = [];
  readonly #handler: CallHandler;

  constructor(method: DescMethod, open: OpenCall) {
    this.method = method;
    this.#handler = open(this);
  }

  write(head: Uint8Array, rest: Uint8Array = new Uint8Array(0)): boolean {
    if (this.ended) return false;
    this.down.push(Buffer.concat([head, rest]));
    return !this.blocked;
  }

  end(error?: ConnectError): void {
    if (this.ended) return;
    this.ended = true;
    this.error = error;
    this.#handler.closed();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  arrive(bytes: Uint8Array): void {
    if (!this.ended) this.#handler.message(bytes);
  }

  unblock(): void {
    if (!this.blocked) return;
    this.blocked = false;
    if (!this.ended) this.#handler.drain();
  }

  cut(): void {
    this.down.length = 0;
    if (this.ended) return;
    this.ended = true;
    this.#handler.closed();
  }
}
