// Parley's sessions behind connect-node instead of its own wire: the same contract, the same engine. Each message is
// decoded and encoded by protobuf-es, as in every service on connect-node.
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  SignalingService,
  type SignalRequest,
  SignalRequestSchema,
  type SignalResponse,
  SignalResponseSchema,
} from "@parley/contract";
import { callError } from "../../../server/src/rpc/call-error.ts";
import type { FieldFailure } from "../../../server/src/session/attach-request.ts";
import { signalRequests } from "../../../server/src/session/first-message.ts";
import { PeerStream } from "../../../server/src/session/peer-stream.ts";
import type { SessionOutput } from "../../../server/src/session/session-output.ts";
import type { Failure } from "../../../server/src/switchboard/failure.ts";
import { systemClock } from "../../../server/src/time/clock.ts";
import { makeContext } from "../../wire/service-host.ts";

/** What a session writes, as the async iterable that connect-node asks for. */
class ResponseQueue implements SessionOutput {
  #waiting: SignalResponse[] = [];
  #ended = false;
  #cause: Failure | FieldFailure | undefined;
  #wake = () => {};
  #resume = () => {};
  #paused: Promise<void> | undefined;

  write(head: Uint8Array, rest?: Uint8Array): boolean {
    const bytes = rest === undefined ? head : Buffer.concat([head, rest]);
    this.#waiting.push(fromBinary(SignalResponseSchema, bytes));
    this.#wake();
    return true;
  }

  end(cause?: Failure | FieldFailure): void {
    this.#ended = true;
    this.#cause = cause;
    this.#wake();
  }

  opened(): void {}

  pause(): void {
    this.#paused ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#paused = undefined;
    this.#resume();
  }

  /** Passes requests on, one after the other, while the session takes them. */
  async feed(requests: AsyncIterable<SignalRequest>, stream: PeerStream): Promise<void> {
    for await (const request of requests) {
      if (this.#paused !== undefined) await this.#paused;
      stream.message(toBinary(SignalRequestSchema, request));
    }
    stream.halfClosed();
  }

  async *responses(): AsyncGenerator<SignalResponse> {
    for (;;) {
      const batch = this.#waiting;
      this.#waiting = [];
      yield* batch;
      if (this.#waiting.length > 0) continue;
      if (this.#cause !== undefined) throw callError(this.#cause);
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

const context = makeContext(systemClock, { nodePeers: 100_000 });
const handler = connectNodeAdapter({
  routes: (router) => {
    router.service(SignalingService, {
      signal(requests, { signal }) {
        const output = new ResponseQueue();
        const stream = new PeerStream(context, output, signalRequests);
        const gone = () => {
          stream.closed();
          output.end();
        };
        signal.addEventListener("abort", gone, { once: true });
        output.feed(requests, stream).catch(gone);
        return output.responses();
      },
    });
  },
});
const server = createServer(handler);
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
