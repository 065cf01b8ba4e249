import * as ws from "ws";

/** The parser of `ws`, which its types do not know. */
interface FrameReceiver {
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: "ping" | "pong", listener: (data: Buffer) => void): void;
  on(event: "conclude", listener: (code: number, reason: Buffer) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  write(bytes: Buffer): void;
}

interface ReceiverOptions {
  readonly isServer: boolean;
  readonly allowSynchronousEvents: boolean;
  readonly maxPayload?: number;
  readonly maxFragments?: number;
}

const { Receiver } = ws as unknown as { Receiver: new (options: ReceiverOptions) => FrameReceiver };

/** Reads frames as a client does. */
export function clientReceiver(): FrameReceiver {
  return new Receiver({ isServer: false, allowSynchronousEvents: true });
}

/** Reads frames as a server does, within limits. */
export function serverReceiver(maxPayload: number, maxFragments: number): FrameReceiver {
  return new Receiver({ isServer: true, allowSynchronousEvents: true, maxPayload, maxFragments });
}

/** The close code that belongs to an error of a receiver; `ws` keeps it under a symbol of its own. */
export function closeCodeOf(error: Error): number {
  const symbol = Object.getOwnPropertySymbols(error).find(({ description }) => description === "status-code");
  return symbol === undefined ? Number.NaN : Number(Reflect.get(error, symbol));
}
