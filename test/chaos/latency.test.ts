import { describe, expect, it } from "vitest";
import { Latency, percentilesOf } from "./latency.ts";
import type { PeerEvent } from "./peer-event.ts";

const whole = { from: 0, to: 10_000 };

/** A signal from one peer to another, on its way from one time to another. */
function signal(number: number, sentAt: number, receivedAt: number, from = "a", to = "b"): PeerEvent[] {
  const named = { from, to, number };
  return [
    { kind: "received", ...named, at: receivedAt },
    { kind: "sent", ...named, at: sentAt },
  ];
}

function latencyOf(...events: PeerEvent[]): Latency {
  const latency = new Latency((peer) => peer !== "web");
  for (const peer of ["a", "b"]) latency.take({ kind: "open", peer, node: `node of ${peer}`, at: 0 });
  for (const event of events) latency.take(event);
  return latency;
}

describe("the latency of signals", () => {
  it("is reported as a median, a 95th and a 99th percentile", () => {
    const values = Array.from({ length: 1000 }, (_, index) => 1000 - index);
    expect(percentilesOf(values)).toEqual({ count: 1000, p50: 501, p95: 951, p99: 991 });
    expect(percentilesOf([])).toEqual({ count: 0, p50: 0, p95: 0, p99: 0 });
  });

  it("is counted in the time in which they were sent", () => {
    const latency = latencyOf(...signal(1, 100, 103), ...signal(2, 900, 2000));
    expect(latency.all(whole)).toEqual({ count: 2, p50: 1100, p95: 1100, p99: 1100 });
    expect(latency.all({ from: 0, to: 900 })).toEqual({ count: 1, p50: 3, p95: 3, p99: 3 });
  });

  it("leaves those out whose ends had lost their streams", () => {
    const away = { kind: "away", peer: "b", reason: "NETWORK", at: 500 } as const;
    const back = { kind: "open", peer: "b", node: "another", at: 1500 } as const;
    const latency = latencyOf(
      ...signal(1, 100, 103),
      ...signal(2, 490, 1600),
      away,
      back,
      ...signal(3, 2000, 2004),
    );
    expect(latency.all(whole).count).toBe(3);
    expect(latency.others(whole)).toEqual({ count: 2, p50: 4, p95: 4, p99: 4 });
  });

  it("leaves those out whose ends were on a node that was at fault", () => {
    const latency = latencyOf(...signal(1, 100, 103), ...signal(2, 600, 900), ...signal(3, 1001, 1006));
    latency.nodeFault("node of a", { from: 500, to: 1000 });
    expect(latency.others(whole)).toEqual({ count: 2, p50: 5, p95: 5, p99: 5 });
  });

  it("leaves those out that may go by any node", () => {
    expect(latencyOf(...signal(1, 100, 103, "web", "b")).others(whole).count).toBe(0);
  });
});
