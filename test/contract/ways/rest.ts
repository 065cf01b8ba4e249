import { create, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import {
  JoinSchema,
  ResumeSchema,
  reasonEntry,
  reasonName,
  reasonOf,
  SignalRequestSchema,
  SignalResponseSchema,
} from "@parley/contract";
import { readEvents } from "./event-reader.ts";
import { Inbox } from "./inbox.ts";
import { type AskRest, askHttp1, askHttp2, type RestAnswer, type RestAsk } from "./rest-client.ts";
import type { Status } from "./status.ts";
import {
  type Bearer,
  bearerHeaders,
  type First,
  nameOfCode,
  requestOf,
  type Stream,
  type Way,
} from "./way.ts";

const eventStream = "text/event-stream";
const jsonType = { "content-type": "application/json" };

/** REST, with a stream of events to receive by. */
export function rest(name: string, ask: AskRest): Way {
  return {
    name,
    form: "halves",
    polls: false,
    saysNothing: false,
    open: (url, first, bearer) => openEvents(ask, url, firstAsk(first, bearer), bearer),
    openSilent: (url) => openEvents(ask, url, { ...joinAsk("standup", {}), body: null }, undefined),
  };
}

function joinAsk(room: string, join: JsonValue, bearer?: Bearer): RestAsk {
  return {
    method: "POST",
    path: `/v1/rooms/${encodeURIComponent(room)}/peers`,
    headers: { ...jsonType, accept: eventStream, ...bearerHeaders(bearer) },
    body: JSON.stringify(join),
  };
}

function firstAsk(first: First, bearer: Bearer | undefined): RestAsk {
  switch (first.case) {
    case "join": {
      const join = create(JoinSchema, first.value as object);
      return joinAsk(join.room, toJson(JoinSchema, join), bearer);
    }
    case "resume": {
      const { sessionToken, lastSeq, ackedSeq, rosterVersion, attempt } = create(
        ResumeSchema,
        first.value as object,
      );
      const query = `acked=${ackedSeq}&roster=${rosterVersion}&attempt=${attempt}`;
      return {
        method: "GET",
        path: `${signalsPath(sessionToken)}?${query}`,
        headers: {
          accept: eventStream,
          "parley-session": sessionToken,
          ...(lastSeq === 0 ? {} : { "last-event-id": String(lastSeq) }),
          ...bearerHeaders(bearer),
        },
        body: undefined,
      };
    }
    case "garbage":
      return { ...joinAsk("standup", {}, bearer), body: "{]" };
    case "nothing":
      throw new Error("a request of REST joins or resumes, by its path alone");
  }
}

function signalsPath(token: string): string {
  return `${peerPath(token)}/signals`;
}

/** Where a session is, by its token, which marks the name of a hidden peer; for one that says nothing of it, anywhere. */
export function peerPath(token: string): string {
  const [address = ""] = token.split(".", 1);
  const names = Buffer.from(address, "base64url").toString("latin1");
  const [, room = "anywhere", peer = "nobody"] =
    /^([\w.~:@+-]+)(?:#lobby)?\/!?([\w.~:@+-]+)/.exec(names) ?? [];
  return `/v1/rooms/${encodeURIComponent(room)}/peers/${encodeURIComponent(peer)}`;
}

function openEvents(askRest: AskRest, url: string, ask: RestAsk, bearer: Bearer | undefined): Stream {
  const inbox = new Inbox();
  const { answer, cut } = askRest(url, ask);
  void receive(answer, inbox);
  return {
    inbox,
    async send(token, ...signals) {
      const batch = signals.map((signal) => toJson(SignalRequestSchema, requestOf(signal)));
      const sent = await askRest(url, {
        method: "POST",
        path: signalsPath(token),
        headers: { ...jsonType, "parley-session": token, ...bearerHeaders(bearer) },
        // One signal is sent as it is.
        body: JSON.stringify(batch.length === 1 ? batch[0] : batch),
      }).answer;
      if (sent.status === 200) return void (await textOf(sent));
      inbox.end(await statusOfProblem(sent));
      cut();
    },
    halfClose() {},
    cut() {
      cut();
      inbox.release();
    },
  };
}

async function receive(answer: Promise<RestAnswer>, inbox: Inbox): Promise<void> {
  try {
    const { status, contentType, chunks } = await answer;
    if (contentType !== eventStream) return inbox.end(await statusOfProblem({ status, contentType, chunks }));
    for await (const { event, id, data } of readEvents(chunks)) {
      const response = fromJson(SignalResponseSchema, JSON.parse(data) as JsonValue);
      const { body, seq } = response;
      if (event !== body.case || id !== (seq === 0 ? "" : String(seq))) {
        throw new Error(`the event ${event} ${id} has the data ${data}`);
      }
      if (body.case === "closed") {
        const { code, reason } = body.value;
        return inbox.end(
          code === 0 ? { code: "OK" } : { code: nameOfCode(code), reason: reasonName(reason) },
        );
      }
      inbox.push(response);
      await inbox.flowing();
    }
  } catch {}
  inbox.end({ code: "CUT" });
}

async function statusOfProblem(answer: RestAnswer): Promise<Status> {
  const { reason } = JSON.parse(await textOf(answer)) as { reason: string };
  return { code: reasonEntry(reasonOf(reason)).code, reason };
}

/** The body of an answer, whole. */
export async function textOf({ chunks }: RestAnswer): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

export const restHttp1 = rest("REST + events, HTTP/1.1", askHttp1());
export const restHttp2 = rest("REST + events, HTTP/2", askHttp2());
