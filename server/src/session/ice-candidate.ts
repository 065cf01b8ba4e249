// The candidate-attribute of RFC 8839 section 5.1, with the `ufrag` and other extensions behind it:
// foundation, component, transport, priority, address, port, `typ` and type, then pairs of name and value.
// The address may be IPv4, IPv6, an mDNS name (RFC draft-ietf-mmusic-mdns-ice-candidates) or an FQDN.
//
// Looked at as bytes: most signals are candidates, and a regular expression took as long as the rest of a relay.

const mostCharacters = 1024;
const space = 0x20;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const prefix = Buffer.from("candidate:");
const attributePrefix = Buffer.from("a=");
const typ = Buffer.from("typ");

/** 1 for each byte of a kind of character. */
function characters(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0));
}

const digit = characters(/[0-9]/);
const ofFoundation = characters(/[A-Za-z0-9+/]/);
const ofTransport = characters(/[A-Za-z0-9-]/);
const ofAddress = characters(/[A-Za-z0-9.:%_-]/);
const ofType = characters(/[a-z0-9-]/);
const ofExtension = characters(/[!-~]/);

/**
 * What is wrong with a candidate, or undefined. It is that part of the bytes. Empty is right: it is the end of
 * candidates (RFC 8838 section 8.2).
 */
export function candidateFault(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (start === end) return undefined;
  if (end - start > mostCharacters) return `the candidate is longer than ${mostCharacters} characters`;
  const line = new Scanner(bytes, start, end);
  line.word(attributePrefix);
  if (!line.word(prefix) || !line.run(ofFoundation, 32)) return noAttribute;
  const component = line.field(digit, 5) ? line.number() : Number.NaN;
  if (!line.field(ofTransport, 16)) return noAttribute;
  const priority = line.field(digit, 10) ? line.number() : Number.NaN;
  if (!line.field(ofAddress, 255)) return noAttribute;
  const port = line.field(digit, 5) ? line.number() : Number.NaN;
  if (!line.space() || !line.word(typ) || !line.field(ofType, 16) || !line.extensions()) return noAttribute;
  if (Number.isNaN(component + priority + port)) return noAttribute;
  if (component < 1 || component > 256) return "the component of the candidate is not 1 to 256";
  if (priority > 2 ** 32 - 1) return "the priority of the candidate is out of range";
  if (port > 65535) return "the port of the candidate is out of range";
  return undefined;
}

const noAttribute = "the candidate is not a candidate-attribute of RFC 8839";

/** Goes over one line, from left to right. What is not there leaves it where it was. */
class Scanner {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  /** Where the last run began. */
  #runStart = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  word(word: Uint8Array): boolean {
    const at = this.#at;
    if (at + word.byteLength > this.#end) return false;
    for (let index = 0; index < word.byteLength; index++) {
      if (this.#bytes[at + index] !== word[index]) return false;
    }
    this.#at = at + word.byteLength;
    return true;
  }

  space(): boolean {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== space) return false;
    this.#at++;
    return true;
  }

  /** One character of this kind or more, and no more than `most`. */
  run(kind: Uint8Array, most: number): boolean {
    let at = this.#at;
    while (at < this.#end && kind[this.#bytes[at] ?? 0] === 1) at++;
    const length = at - this.#at;
    if (length === 0 || length > most) return false;
    this.#runStart = this.#at;
    this.#at = at;
    return true;
  }

  /** A space, and a run. */
  field(kind: Uint8Array, most: number): boolean {
    return this.space() && this.run(kind, most);
  }

  /** The last run as a number. */
  number(): number {
    let value = 0;
    for (let at = this.#runStart; at < this.#at; at++) value = value * 10 + (this.#bytes[at] ?? 0) - 0x30;
    return value;
  }

  /** Pairs of name and value up to the end of the line, with which everything has to end. */
  extensions(): boolean {
    while (this.space()) {
      if (this.#atLineEnd()) break;
      if (!this.run(ofExtension, mostCharacters) || !this.field(ofExtension, mostCharacters)) return false;
    }
    return this.#atLineEnd();
  }

  /** Whether nothing follows but the end of the line, which need not be written. */
  #atLineEnd(): boolean {
    const left = this.#end - this.#at;
    if (left === 0) return true;
    if (this.#bytes[this.#end - 1] !== lineFeed) return false;
    return left === 1 || (left === 2 && this.#bytes[this.#at] === carriageReturn);
  }
}
