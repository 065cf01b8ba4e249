import type { Schema } from "./schemas.ts";

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const problem = {
  description: "An error of the contract: `reason` says which.",
  content: { "application/problem+json": { schema: ref("Problem") } },
};

const inPath = (name: string, description: string) => ({
  name,
  in: "path",
  required: true,
  description,
  schema: { type: "string" },
});

const room = inPath("room", "The room: 1 to 128 characters of `A-Z a-z 0-9 . _ ~ : @ + -`.");
const peer = inPath("peer", "The name of the peer in the room.");

const inQuery = (name: string, description: string, schema: Schema = { type: "integer", minimum: 0 }) => ({
  name,
  in: "query",
  description,
  schema,
});

const seq = inQuery("seq", "`SignalRequest.seq`. Without it, the server numbers the signal.");

/** A session token is asked for in addition to what the service asks of every client. */
const ofSession = [{ session: [] }, { session: [], accessToken: [] }];
const ofNobody = [{}, { accessToken: [] }];

const json = (schema: Schema, examples?: Readonly<Record<string, unknown>>) => ({
  "application/json": examples === undefined ? { schema } : { schema, examples },
});

const location = {
  Location: { description: "The path of the peer.", schema: { type: "string" } },
};

const welcome = (description: string) => ({
  description,
  headers: location,
  content: {
    ...json(ref("SignalResponse")),
    "text/event-stream": { schema: { type: "string" } },
  },
});

const accepted = {
  description:
    "What was accepted. A signal in `rejected` will not arrive; the same `Rejected` also comes among the responses.",
  content: json(ref("SendSignalsResponse")),
};

/** The paths of the REST door. The examples are executed by its tests. */
export const operations = {
  "/v1/rooms/{room}/peers": {
    post: {
      operationId: "join",
      summary: "Enters a room",
      description:
        "The answer is a `Welcome`, whose `sessionToken` is the header `Parley-Session` of what follows. With `Accept: text/event-stream` it is the first event, and the stream goes on.",
      security: ofNobody,
      parameters: [
        room,
        {
          name: "Idempotency-Key",
          in: "header",
          description:
            "`Join.nonce`: 16 to 64 visible characters, new for each session. A secret. The same join with the same key is the same session.",
          schema: { type: "string", minLength: 16, maxLength: 64 },
        },
      ],
      requestBody: {
        content: json(ref("Join"), {
          named: { value: { peerId: "ada", metadata: { name: "Ada" } } },
          unnamed: { value: {} },
        }),
      },
      responses: {
        "200": welcome("The session of an earlier join with the same key."),
        "201": welcome("A new session."),
        "202": {
          description:
            "The client waits in the lobby. The same join with the same key, within the resume window, keeps its place and asks again.",
          content: { ...json(ref("SignalResponse")), "text/event-stream": { schema: { type: "string" } } },
        },
        default: problem,
      },
    },
  },
  "/v1/rooms/{room}/peers/{peer}/signals": {
    post: {
      operationId: "send",
      summary: "Sends signals to other peers",
      description:
        "The body is one `SignalRequest`, or a list of them. Keep one request under way, so that signals keep their order.",
      security: ofSession,
      parameters: [room, peer],
      requestBody: {
        required: true,
        content: json(
          { oneOf: [ref("SignalRequest"), { type: "array", items: ref("SignalRequest") }] },
          {
            one: {
              value: {
                seq: 1,
                to: "ben",
                offer: { sdp: "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" },
              },
            },
            batch: {
              value: [
                {
                  seq: 2,
                  to: "ben",
                  iceCandidate: {
                    candidate: "candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host",
                    sdpMid: "0",
                  },
                },
                { seq: 3, to: "ben", bye: { reason: "done" } },
              ],
            },
            acknowledgement: { value: { ack: 1 } },
          },
        ),
      },
      responses: { "200": accepted, default: problem },
    },
    get: {
      operationId: "receive",
      summary: "Receives signals",
      description:
        "Waits until something comes, and answers with it. With `Accept: text/event-stream` the answer is a stream of events: `event` is the name of the body, `id` the `seq`, `data` a `SignalResponse`. The newest request takes the session over from an older one.",
      security: ofSession,
      parameters: [
        room,
        peer,
        inQuery(
          "after",
          "`Resume.last_seq`: the number of the last response that was processed. Acknowledges it.",
        ),
        inQuery(
          "wait",
          "How long to wait, in seconds. At most one heartbeat interval, which is the default. Not for events.",
          { type: "number", minimum: 0 },
        ),
        inQuery("acked", "`Resume.acked_seq`: the highest `ack` that was seen."),
        inQuery("roster", "`Resume.roster_version`: then the roster comes only if it has changed."),
        inQuery("attempt", "`Resume.attempt`."),
        {
          name: "Last-Event-ID",
          in: "header",
          description: "As `after`, which it overrides.",
          schema: { type: "string" },
        },
      ],
      responses: {
        "200": {
          description: "What has come, with a `Welcome` first.",
          content: {
            ...json(ref("Responses")),
            "text/event-stream": { schema: { type: "string" } },
          },
        },
        default: problem,
      },
    },
  },
  "/v1/rooms/{room}/peers/{peer}/metadata": {
    put: {
      operationId: "update",
      summary: "Replaces the metadata of this peer",
      security: ofSession,
      parameters: [room, peer, seq],
      requestBody: {
        required: true,
        content: json(
          { type: "object", additionalProperties: { type: "string" } },
          { muted: { value: { name: "Ada", muted: "yes" } } },
        ),
      },
      responses: { "200": accepted, default: problem },
    },
  },
  "/v1/rooms/{room}/peers/{peer}": {
    delete: {
      operationId: "leave",
      summary: "Leaves the room",
      security: ofSession,
      parameters: [room, peer, seq],
      responses: { "204": { description: "The session is over." }, default: problem },
    },
  },
  "/v1/openapi.json": {
    get: {
      operationId: "describe",
      summary: "Describes these paths",
      security: [],
      responses: {
        "200": { description: "This document.", content: json({ type: "object" }) },
        default: problem,
      },
    },
  },
};
