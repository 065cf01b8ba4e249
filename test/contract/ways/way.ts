import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import {
  type JoinSchema,
  reasonName,
  type SignalRequest,
  SignalRequestSchema,
  type SignalResponse,
} from "@parley/contract";
import { reasonOfError } from "../../../server/src/errors/parley-error.ts";

/** One way into the service: a protocol, a client, a version of HTTP. */
export interface Way {
  readonly name: string;
  /** Opens a stream with a first message. Nothing is awaited: what comes, comes by the stream. */
  open(url: string, first: First): Stream;
}

export type First =
  | { readonly case: "join"; readonly value: MessageInitShape<typeof JoinSchema> }
  | { readonly case: "resume"; readonly value: { readonly sessionToken: string; readonly lastSeq: number } };

export type SignalInit = Omit<MessageInitShape<typeof SignalRequestSchema>, "$typeName">;

/** How a stream or a call ended: status code by name, and the reason of the contract. */
export interface Status {
  readonly code: string;
  readonly reason?: string;
}

/** A session's stream, as any client has it. */
export interface Stream {
  /** The next response, whatever it is. Rejects with EndedError when the stream has ended. */
  next(): Promise<SignalResponse>;
  /** Sends signals, as one batch where the way has batches. */
  send(token: string, ...signals: SignalInit[]): Promise<void>;
  /** How the stream ended. */
  readonly ended: Promise<Status>;
  /** Breaks the connection off, as a lost network does. */
  cut(): void;
}

export class EndedError extends Error {
  override readonly name = "EndedError";
  readonly status: Status;

  constructor(status: Status) {
    super(`the stream ended: ${status.code} ${status.reason ?? ""}`);
    this.status = status;
  }
}

export function statusOf(error: ConnectError): Status {
  const code = Code[error.code]?.replaceAll(/(?<!^)([A-Z])/g, "_$1").toUpperCase() ?? "OK";
  const reason = reasonOfError(error);
  return reason === undefined ? { code } : { code, reason: reasonName(reason) };
}

export function requestOf(signal: SignalInit): SignalRequest {
  return create(SignalRequestSchema, signal);
}

/** The responses that have come, for whoever asks for the next. */
export class Inbox {
  readonly #waiting: SignalResponse[] = [];
  readonly #askers: { resolve(response: SignalResponse): void; reject(error: Error): void }[] = [];
  readonly #end = Promise.withResolvers<Status>();
  #status: Status | undefined;

  get ended(): Promise<Status> {
    return this.#end.promise;
  }

  push(response: SignalResponse): void {
    const asker = this.#askers.shift();
    if (asker === undefined) this.#waiting.push(response);
    else asker.resolve(response);
  }

  end(status: Status): void {
    if (this.#status !== undefined) return;
    this.#status = status;
    this.#end.resolve(status);
    for (const asker of this.#askers.splice(0)) asker.reject(new EndedError(status));
  }

  next(): Promise<SignalResponse> {
    const response = this.#waiting.shift();
    if (response !== undefined) return Promise.resolve(response);
    if (this.#status !== undefined) return Promise.reject(new EndedError(this.#status));
    return new Promise((resolve, reject) => this.#askers.push({ resolve, reject }));
  }
}
