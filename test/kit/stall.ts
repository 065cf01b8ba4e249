/** Stands still, as a process on a busy machine does. What others send it meanwhile waits in its sockets. */
export function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
