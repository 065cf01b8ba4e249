import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readEvents, type ServerSentEvent } from "../contract/ways/event-reader.ts";
import { RestService } from "./rest-service.ts";

let service: RestService;
beforeAll(async () => {
  service = await RestService.start();
});
afterAll(() => service[Symbol.asyncDispose]());

/** A stream of events, with the head of its response. */
async function openEvents(method: string, path: string, headers: Record<string, string> = {}) {
  const outgoing = request(service.url + path, {
    method,
    headers: { accept: "text/event-stream", ...headers },
    agent: false,
  });
  outgoing.end();
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
  });
  const events = readEvents(response);
  const next = async (): Promise<ServerSentEvent> => {
    const { value, done } = await events.next();
    if (done) throw new Error("the stream of events is over");
    return value;
  };
  return { response, next, cut: () => outgoing.destroy() };
}

test("one request joins and listens, and Last-Event-ID goes on where the stream was lost", async () => {
  const peers = "/v1/rooms/events/peers";
  const ada = await openEvents("POST", peers, { "idempotency-key": "ada-ada-ada-ada-ada" });
  expect(ada.response.statusCode).toBe(201);
  expect(ada.response.headers).toMatchObject({
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  const welcome = await ada.next();
  expect(welcome).toMatchObject({ event: "welcome", id: "" });
  const { welcome: value } = JSON.parse(welcome.data);
  const { location } = ada.response.headers;
  expect(location).toBe(`${peers}/${value.you.peerId}`);

  const ben = await service.join("events", "ben");
  expect(await ada.next()).toMatchObject({ event: "peerJoined", id: "" });
  const say = (reason: string) => ({ to: value.you.peerId, bye: { reason } });
  await service.ask("POST", `${peers}/ben/signals`, { token: ben, json: [say("one"), say("two")] });
  expect(await ada.next()).toMatchObject({ event: "bye", id: "1" });
  expect(await ada.next()).toMatchObject({ event: "bye", id: "2" });
  ada.cut();
  await service.ask("POST", `${peers}/ben/signals`, { token: ben, json: say("three") });

  const session = { "parley-session": value.sessionToken };
  const back = await openEvents("GET", `${location}/signals?after=0`, { ...session, "last-event-id": "1" });
  expect(back.response.statusCode).toBe(200);
  expect(JSON.parse((await back.next()).data)).toMatchObject({ welcome: { resumed: true } });
  expect(JSON.parse((await back.next()).data)).toEqual({
    seq: 2,
    sender: "ben",
    senderSession: 2,
    bye: { reason: "two" },
  });
  expect(JSON.parse((await back.next()).data)).toMatchObject({ seq: 3, bye: { reason: "three" } });

  const newest = await openEvents("GET", `${location}/signals`, { ...session, "last-event-id": "3" });
  expect(await newest.next()).toMatchObject({ event: "welcome" });
  const replaced = await back.next();
  expect(replaced.event).toBe("closed");
  expect(JSON.parse(replaced.data)).toMatchObject({
    closed: { reason: "REASON_SESSION_REPLACED", retry: "RETRY_NEVER" },
  });
  await expect(back.next()).rejects.toThrow("over");

  expect(await service.ask("DELETE", String(location), { token: value.sessionToken })).toMatchObject({
    status: 204,
  });
  expect(JSON.parse((await newest.next()).data)).toEqual({ ack: 1, heartbeat: {} });
  expect(await newest.next()).toEqual({ event: "closed", id: "", data: '{"closed":{}}' });
});

test("a stream that never began is an error of its request", async () => {
  const stranger = await openEvents("GET", "/v1/rooms/events/peers/nobody/signals", {
    "parley-session": "none",
  });
  expect(stranger.response.statusCode).toBe(401);
  expect(stranger.response.headers["content-type"]).toBe("application/problem+json");
  stranger.cut();
});
