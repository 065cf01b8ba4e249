import type { BenchClient, ClientOptions, Kind } from "./clients/bench-client.ts";

// The size of what Chromium says for audio, video and data: an offer of 4.5 KB, an answer of 3 KB.
const line = "a=candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0\r\n";
const head = "v=0\r\no=- 0 3 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 00:11\r\n";
const filled = (bytes: number) =>
  head + line.repeat(Math.ceil((bytes - head.length) / line.length)).slice(0, bytes - head.length);
const offer = filled(4500);
const answer = filled(3000);
const candidate =
  "candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0 ufrag Zq4T network-id 1";
const bursts = [4, 3, 3].map((count) => Array<string>(count).fill(candidate));

/** Two peers that call one another: an offer, an answer, and ten candidates each way in three bursts. */
export class Pair {
  readonly caller: string;
  readonly callee: string;
  a: BenchClient | undefined;
  b: BenchClient | undefined;
  /** How long each signal was under way, in milliseconds. */
  readonly delays: number[] = [];
  #done: (() => void) | undefined;
  #got = [0, 0];
  readonly #sentAt: number[][] = [[], []];

  constructor(caller: string, callee: string) {
    this.caller = caller;
    this.callee = callee;
  }

  call(done: () => void): void {
    this.#done = done;
    this.#got = [0, 0];
    this.#send(0, "offer", [offer]);
  }

  readonly received: ClientOptions["received"] = (from, kind) => {
    const side = from === this.caller ? 1 : 0;
    const sentAt = this.#sentAt[1 - side]?.shift() ?? 0;
    this.delays.push(performance.now() - sentAt);
    if (kind === "offer") return this.#send(1, "answer", [answer]);
    if (kind === "answer") return this.#send(0, "candidate", bursts[0] ?? []);
    this.#got[side] = (this.#got[side] ?? 0) + 1;
    const got = this.#got[side] ?? 0;
    const burst = [4, 7, 10].indexOf(got);
    if (burst < 0) return;
    // The callee answers each burst with its own, the caller with the next one.
    if (side === 1) this.#send(1, "candidate", bursts[burst] ?? []);
    else if (burst < 2) this.#send(0, "candidate", bursts[burst + 1] ?? []);
    else {
      this.#done?.();
    }
  };

  #send(side: 0 | 1, kind: Kind, texts: readonly string[]): void {
    const now = performance.now();
    for (const _ of texts) this.#sentAt[side]?.push(now);
    if (side === 0) this.a?.send(this.callee, kind, texts);
    else this.b?.send(this.caller, kind, texts);
  }
}
