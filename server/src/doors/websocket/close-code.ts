/** Close codes that this door sends or looks at (RFC 6455, section 7.4.1). */
export const CloseCode = {
  normal: 1000,
  protocolError: 1002,
  unsupportedData: 1003,
  /** What a close frame without a code means; never sent. */
  none: 1005,
  invalidText: 1007,
} as const;

/** Whether a client may send this close code: one of the IANA registry, or of a library or an application. */
export function isCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== CloseCode.none && code !== 1006;
}
