import { fromBinary, type JsonValue, toJson } from "@bufbuild/protobuf";
import { JoinSchema, SignalRequestSchema } from "@parley/contract";
import { encode, Join, type Resume, SignalRequest } from "@parley/contract/plain";
import { peerPath } from "./rest.ts";
import type { RestAsk } from "./rest-client.ts";

/** How a session is listened to: by requests that are answered with what has come, or by a stream of events. */
export type Listening = "poll" | "events";

/** How it begins: the first message of the contract, which becomes the parts of a request. */
export type Start =
  | { readonly case: "join"; readonly value: Join }
  | { readonly case: "resume"; readonly value: Resume };

const accepts = { poll: "application/json", events: "text/event-stream" };
const jsonType = { "content-type": "application/json" };

/** The request that joins, or that goes on to listen. */
export function listenAsk(start: Start, listening: Listening, accessToken?: string): RestAsk {
  const headers = { accept: accepts[listening], ...bearerOf(accessToken) };
  return start.case === "join"
    ? joinAsk(start.value, headers)
    : resumeAsk(start.value, headers, listening === "events");
}

function joinAsk(join: Join, headers: Readonly<Record<string, string>>): RestAsk {
  // The characters of the key are the bytes of the nonce: also of the one before, which proves that this client had the name.
  const key = keyOf(join.nonce);
  const body = { ...join, nonce: new Uint8Array(0), formerNonce: Buffer.from(keyOf(join.formerNonce)) };
  return {
    method: "POST",
    path: `/v1/rooms/${encodeURIComponent(join.room)}/peers`,
    headers: { ...headers, ...jsonType, ...(key === "" ? {} : { "idempotency-key": key }) },
    body: JSON.stringify(toJson(JoinSchema, fromBinary(JoinSchema, encode(Join, body)))),
  };
}

function keyOf(nonce: Uint8Array): string {
  return Buffer.from(nonce).toString("base64url");
}

/** What was received, a client of events has in a header, and one that polls in the query. */
function resumeAsk(
  { sessionToken, lastSeq, ackedSeq, rosterVersion, attempt }: Resume,
  headers: Readonly<Record<string, string>>,
  events: boolean,
): RestAsk {
  const after = events ? "" : `&after=${lastSeq}`;
  return {
    method: "GET",
    path: `${peerPath(sessionToken)}/signals?acked=${ackedSeq}&roster=${rosterVersion}&attempt=${attempt}${after}`,
    headers: {
      ...headers,
      "parley-session": sessionToken,
      ...(events && lastSeq > 0 ? { "last-event-id": String(lastSeq) } : {}),
    },
    body: undefined,
  };
}

/** The requests that a batch takes, in order: an update and a leave have their own, and all between them go in one. */
export function sendAsks(token: string, batch: readonly SignalRequest[], accessToken?: string): RestAsk[] {
  const asks: RestAsk[] = [];
  const headers = { "parley-session": token, ...bearerOf(accessToken) };
  let signals: JsonValue[] = [];
  const post = () => {
    const body = JSON.stringify(signals);
    const path = `${peerPath(token)}/signals`;
    if (signals.length > 0) asks.push({ method: "POST", path, headers: { ...headers, ...jsonType }, body });
    signals = [];
  };
  for (const signal of batch) {
    const { body, seq } = signal;
    if (body.case === "leave") {
      post();
      asks.push({ method: "DELETE", path: `${peerPath(token)}?seq=${seq}`, headers, body: undefined });
    } else if (body.case === "update") {
      post();
      asks.push({
        method: "PUT",
        path: `${peerPath(token)}/metadata?seq=${seq}`,
        headers: { ...headers, ...jsonType },
        body: JSON.stringify(body.value.metadata),
      });
    } else {
      signals.push(
        toJson(SignalRequestSchema, fromBinary(SignalRequestSchema, encode(SignalRequest, signal))),
      );
    }
  }
  post();
  return asks;
}

function bearerOf(accessToken = ""): Record<string, string> {
  return accessToken === "" ? {} : { authorization: `Bearer ${accessToken}` };
}
