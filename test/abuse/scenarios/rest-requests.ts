import { once } from "node:events";
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { within } from "../../kit/within.ts";
import type { Attack } from "../attack.ts";
import { ignore, openHttp2 } from "../attackers.ts";

const connections = 10;
/** A connection that has not proved itself has 4 streams. */
const atOnce = 4;
/** How long an answer may take, in milliseconds: 10 s for a body, and the work of the node. */
const answerMs = 30_000;

const peers = "/v1/rooms/rest/peers";
const json = { "content-type": "application/json" };

/** One way to harm a node by a request, and the statuses that may answer it. */
interface Harm {
  readonly name: string;
  readonly statuses: readonly number[];
  readonly window?: number;
  ask(session: ClientHttp2Session, index: number): ClientHttp2Stream;
}

const harms: readonly Harm[] = [
  {
    name: "large batches without a session",
    statuses: [401],
    ask: (session) =>
      post(session, `${peers}/ada/signals`, { "parley-session": "none" }, "x".repeat(1_000_000)),
  },
  {
    name: "large joins",
    statuses: [413],
    ask: (session) => post(session, peers, {}, JSON.stringify({ peerId: "x".repeat(1_000_000) })),
  },
  {
    name: "brackets",
    statuses: [400],
    ask: (session) => post(session, peers, {}, "[".repeat(20_000)),
  },
  {
    name: "bodies that never end",
    statuses: [408],
    ask: (session) => post(session, peers, {}),
  },
  {
    name: "events that nobody reads",
    // What waits for them is bounded: each hears of all others, until the room is full.
    statuses: [201, 429],
    window: 0,
    ask: (session) => post(session, peers, { accept: "text/event-stream" }, "{}"),
  },
];

/** Requests of REST that are large, slow or not read, from many addresses. */
export const restRequests: Attack = {
  id: "rest-requests",
  name: "REST: large bodies, bodies without an end, brackets, and events that nobody reads",
  flags: ["--limit-loopback", "true"],
  growthMb: 200,
  descriptors: connections + 16,
  recoveryMs: 20_000,
  async run(target, scale) {
    const rounds = scale === "full" ? 5 : 1;
    let answered = 0;
    for (let round = 0; round < rounds; round++) {
      for (const harm of harms) {
        const settings = harm.window === undefined ? {} : { settings: { initialWindowSize: harm.window } };
        const sessions = Array.from({ length: connections }, (_, index) =>
          openHttp2(target, index, settings),
        );
        try {
          const asked = sessions.flatMap((session) =>
            Array.from({ length: atOnce }, (_, index) => answerOf(harm.ask(session, index))),
          );
          const answers = await within(answerMs, `the answers to ${harm.name}`, Promise.all(asked));
          const others = answers.filter((answer) => !harm.statuses.includes(answer));
          if (others.length > 0)
            throw new Error(`${harm.name} were answered with ${[...new Set(others)].join()}`);
          answered += answers.length;
        } finally {
          for (const session of sessions) session.destroy();
        }
      }
    }
    return `${answered} requests in ${harms.length} forms, each answered as it should be`;
  },
};

/** Begins a request; without a body, it never ends. */
function post(
  session: ClientHttp2Session,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): ClientHttp2Stream {
  const stream = session.request({ ":method": "POST", ":path": path, ...json, ...headers });
  stream.on("error", ignore);
  if (body === undefined) stream.write("{");
  else stream.end(body);
  return stream;
}

/** The status of the answer; 0 if it was broken off. */
async function answerOf(stream: ClientHttp2Stream): Promise<number> {
  let status = 0;
  stream.once("response", (answer) => {
    status = Number(answer[":status"]);
  });
  await Promise.race([once(stream, "response"), once(stream, "close")]);
  return status;
}
