import { expect, test } from "vitest";
import { clientReceiver } from "../../../../test/websocket/frame-receiver.ts";
import { FrameBuffer, Opcode } from "./frame-buffer.ts";

/** What the parser of `ws` makes of bytes that a server wrote. */
function read(bytes: Buffer): { readonly data: Buffer; readonly isBinary: boolean }[] {
  const messages: { data: Buffer; isBinary: boolean }[] = [];
  const receiver = clientReceiver();
  receiver.on("message", (data: Buffer, isBinary: boolean) => messages.push({ data, isBinary }));
  receiver.on("error", (error: Error) => {
    throw error;
  });
  receiver.write(bytes);
  return messages;
}

test.each([0, 1, 125, 126, 127, 8192, 65_535, 65_536, 300_000])(
  "a message of %i bytes is one frame, whose two parts stand together",
  (length) => {
    const frames = new FrameBuffer();
    const bytes = Buffer.alloc(length, "0123456789");
    frames.add(Opcode.binary, bytes.subarray(0, length / 2), bytes.subarray(length / 2));
    frames.add(Opcode.text, Buffer.from("behind it"));
    const sent = Buffer.from(frames.take() ?? "", "latin1");
    expect(read(sent)).toEqual([
      { data: bytes, isBinary: true },
      { data: Buffer.from("behind it"), isBinary: false },
    ]);
    expect(frames.take()).toBeUndefined();
  },
);
