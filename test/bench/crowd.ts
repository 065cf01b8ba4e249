import { Pair } from "./call.ts";
import type { BenchClient } from "./clients/bench-client.ts";
import type { BenchKind } from "./kinds.ts";

/** How many peers connect at the same time. */
const atOnce = 50;

/** Connects peers in rooms of two who say nothing; resolves with them. */
export async function connectIdle(
  kind: BenchKind,
  url: string,
  count: number,
  name = "idle",
): Promise<BenchClient[]> {
  const clients: BenchClient[] = [];
  for (let i = 0; i < count; i += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - i) }, (_, n) => i + n);
    const connected = some.map((n) =>
      kind.connect({ url, room: `${name}${n >> 1}`, peer: `${name}${n}`, received: () => {} }),
    );
    clients.push(...(await Promise.all(connected)));
  }
  return clients;
}

/** Connects pairs who are going to call one another, over the nodes in turn; `size` of the rooms, in peers. */
export async function connectPairs(
  kind: BenchKind,
  urls: string | readonly string[],
  count: number,
  size = 2,
): Promise<Pair[]> {
  const nodes = typeof urls === "string" ? [urls] : urls;
  const url = (n: number) => nodes[n % nodes.length] ?? "";
  const pairs: Pair[] = [];
  for (let i = 0; i < count; i++) {
    const room = `room${Math.floor((i * 2) / size)}`;
    const pair = new Pair(`a${i}`, `b${i}`);
    pair.a = await kind.connect({ url: url(i), room, peer: pair.caller, received: pair.received });
    pair.b = await kind.connect({ url: url(i + 1), room, peer: pair.callee, received: pair.received });
    pairs.push(pair);
  }
  return pairs;
}

export function disconnect(pairs: readonly Pair[]): void {
  for (const { a, b } of pairs) {
    a?.cut();
    b?.cut();
  }
}
