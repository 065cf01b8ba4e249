import type { First as AnyFirst, Stream } from "../contract/ways/index.ts";
import { rest } from "../contract/ways/rest.ts";
import type { AskRest } from "../contract/ways/rest-client.ts";
import { Arrivals } from "./arrivals.ts";
import type { TlsWay } from "./tls-way.ts";

/** REST, with a stream of events to receive by. */
export function restEvents(name: string, ask: (ca: string) => AskRest): TlsWay {
  return {
    name,
    open(url, ca, first) {
      const stream = rest(name, ask(ca)).open(url, first as AnyFirst);
      const arrivals = new Arrivals();
      void pass(stream, arrivals);
      return { arrivals, send: (token, signal) => stream.send(token, signal), cut: () => stream.cut() };
    },
  };
}

async function pass({ inbox }: Stream, arrivals: Arrivals): Promise<void> {
  for (;;) {
    const next = await inbox.next();
    if ("code" in next) return arrivals.end(next);
    arrivals.push(next);
  }
}
