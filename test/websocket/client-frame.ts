interface FrameShape {
  readonly final?: boolean;
  /** A length to claim instead of its own. */
  readonly claims?: number;
  /** Zeros by default, so that a test can read the bytes. */
  readonly mask?: Uint8Array;
  /** The reserved bits, in their place in the first byte. */
  readonly reserved?: number;
  /** How many bytes hold its length behind the first two: 0, 2 or 8. As few as it needs by default. */
  readonly lengthBytes?: number;
}

const zeros = new Uint8Array(4);

/** A frame as a client sends it. */
export function frame(opcode: number, payload: Uint8Array | string, shape: FrameShape = {}): Buffer {
  const { final = true, mask = zeros, reserved = 0 } = shape;
  const bytes = Buffer.from(payload);
  const length = shape.claims ?? bytes.byteLength;
  const extended = shape.lengthBytes ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8);
  const head = Buffer.alloc(2 + extended);
  head[0] = (final ? 0x80 : 0) | reserved | opcode;
  head[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  const masked = bytes.map((byte, at) => byte ^ (mask[at & 3] ?? 0));
  return Buffer.concat([head, mask, masked]);
}
