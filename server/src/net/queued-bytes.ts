/** The bytes that the system has not taken from Node yet. */
export function queuedBytes(socket: object): number {
  const { _handle: handle } = socket as { _handle?: { writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}
