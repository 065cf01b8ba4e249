const quote = 0x22;
const backslash = 0x5c;
/** 1 for each of `{ } [ ] : ,`. */
const structural = Uint8Array.from({ length: 256 }, (_, code) =>
  "{}[]:,".includes(String.fromCharCode(code)) ? 1 : 0,
);

/** White space and numbers for each token: pretty-printed text has less. */
const bytesPerToken = 16;

/**
 * Whether a JSON text is made of more parts than this: structural tokens, and quotes that are escaped. What JSON costs
 * to read depends on them rather than on its bytes: a megabyte of `{},` takes fifty times as long as one of SDP.
 * Strings are passed over by a native search, so for honest messages this costs next to nothing.
 */
export function hasMoreTokens(json: Uint8Array, most: number): boolean {
  let tokens = 0;
  let bytes = 0;
  for (let at = 0; at < json.byteLength; at++) {
    const byte = json[at] ?? 0;
    if (++bytes > most * bytesPerToken) return true;
    if (byte === quote) {
      const start = at + 1;
      at = json.indexOf(quote, start);
      while (at >= 0 && isEscaped(json, start, at)) {
        if (++tokens > most) return true;
        at = json.indexOf(quote, at + 1);
      }
      if (at < 0) return false;
    } else if (structural[byte] === 1 && ++tokens > most) return true;
  }
  return false;
}

/** Whether an odd number of backslashes stands before this place in a string. */
function isEscaped(json: Uint8Array, start: number, at: number): boolean {
  let first = at;
  while (first > start && json[first - 1] === backslash) first--;
  return (at - first) % 2 === 1;
}
