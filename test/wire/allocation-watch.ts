/** What is asked of the allocator while it is watched. */
export interface Allocations {
  /** The largest single buffer, in bytes. */
  largest: number;
  /** All buffers together, in bytes. */
  total: number;
}

const watched = ["alloc", "allocUnsafe", "allocUnsafeSlow"] as const;

/** Counts the buffers that `work` asks Node for: those that it makes itself, and those that `concat` makes. */
export function watchAllocations(work: () => void): Allocations {
  const seen: Allocations = { largest: 0, total: 0 };
  const note = (bytes: number) => {
    seen.largest = Math.max(seen.largest, bytes);
    seen.total += bytes;
  };
  const original = { ...pick(), concat: Buffer.concat };
  for (const name of watched) {
    Buffer[name] = (size: number) => {
      note(size);
      return original[name](size);
    };
  }
  Buffer.concat = (list, length) => {
    note(length ?? list.reduce((sum, { byteLength }) => sum + byteLength, 0));
    return original.concat.call(Buffer, list, length);
  };
  try {
    work();
  } finally {
    Object.assign(Buffer, original);
  }
  return seen;
}

function pick() {
  return { alloc: Buffer.alloc, allocUnsafe: Buffer.allocUnsafe, allocUnsafeSlow: Buffer.allocUnsafeSlow };
}
