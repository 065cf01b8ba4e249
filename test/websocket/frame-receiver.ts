import * as ws from "ws";

/** The parser of `ws`, which its types do not know. */
interface FrameReceiver {
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: "ping" | "pong", listener: (data: Buffer) => void): void;
  on(event: "conclude", listener: (code: number, reason: Buffer) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  write(bytes: Buffer): void;
}

const { Receiver } = ws as unknown as {
  Receiver: new (options: { isServer: boolean; allowSynchronousEvents: boolean }) => FrameReceiver;
};

/** Reads frames as a client does. */
export function clientReceiver(): FrameReceiver {
  return new Receiver({ isServer: false, allowSynchronousEvents: true });
}
