import { breaksLine } from "./single-line.ts";

// A candidate is checked for what protects its recipient, and for being one at all: a single line in which `typ`
// and a type follow five words or more (RFC 8839 section 5.1: foundation, component, transport, priority, address
// and port). Whether these follow the grammar is for the endpoints to judge. They accept more than it allows and
// differ in what: an empty foundation, or a long one; two spaces; an extension without a value; no `candidate:`.
//
// Looked at as bytes: most signals are candidates, and a regular expression took as long as the rest of a relay.

const space = 0x20;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;
/** Without the foundation, which is empty in candidates that some gateways make. */
const wordsBeforeTyp = 5;

/**
 * What is wrong with a candidate, or undefined. It is that part of the bytes, and UTF-8. Empty is right: it is the
 * end of candidates (RFC 8838 section 8.2).
 */
export function candidateFault(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (start === end) return undefined;
  const lineEnd = withoutLineEnd(bytes, start, end);
  let words = 0;
  /** How many words there are at least, once `typ` has come. */
  let needed = Number.POSITIVE_INFINITY;
  let wordStart = start;
  for (let at = start; at < lineEnd; at++) {
    if (bytes[at] === space) {
      if (at > wordStart) {
        if (words >= wordsBeforeTyp && needed === Number.POSITIVE_INFINITY && isTyp(bytes, wordStart, at))
          needed = words + 2;
        words++;
      }
      wordStart = at + 1;
    } else if (breaksLine(bytes, at)) return "the candidate contains a line end or a control character";
  }
  if (lineEnd > wordStart) words++;
  return words >= needed ? undefined : "the candidate is not a candidate-attribute of RFC 8839";
}

/** Where the line ends, whether or not its end is written. */
function withoutLineEnd(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[end - 1] !== lineFeed) return end;
  return end - start > 1 && bytes[end - 2] === carriageReturn ? end - 2 : end - 1;
}

/** Whether a word is `typ`. In ABNF the case of a literal does not matter (RFC 5234 section 2.3). */
function isTyp(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start === 3 &&
    ((bytes[start] ?? 0) | space) === 0x74 &&
    ((bytes[start + 1] ?? 0) | space) === 0x79 &&
    ((bytes[start + 2] ?? 0) | space) === 0x70
  );
}
