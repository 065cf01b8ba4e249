import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rawRequest } from "../wire/raw-request.ts";
import { type Answer, type AskOptions, type JsonWelcome, RestService } from "./rest-service.ts";

let service: RestService;
beforeAll(async () => {
  service = await RestService.start("--cors-origin", "https://app.example");
});
afterAll(() => service[Symbol.asyncDispose]());

let rooms = 0;
const newRoom = () => `door-${rooms++}`;
const sdp = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";

describe.each([1, 2] as const)("on HTTP/%d", (http) => {
  const ask = (method: string, path: string, options: AskOptions = {}) =>
    service.ask(method, path, { http, ...options });

  test("a join says where the peer is, and a repeated one is the same session", async () => {
    const peers = `/v1/rooms/${newRoom()}/peers`;
    const options = {
      json: { peerId: "a+b@c", metadata: { name: "A" } },
      headers: { "idempotency-key": '"0123456789abcdef"' },
    };
    const first = await ask("POST", peers, options);
    expect(first).toMatchObject({
      status: 201,
      headers: {
        location: `${peers}/a%2Bb%40c`,
        "cache-control": "no-store",
        "content-type": "application/json",
      },
      json: { welcome: { you: { peerId: "a+b@c", metadata: { name: "A" } } } },
    });
    const again = await ask("POST", peers, {
      ...options,
      headers: { "idempotency-key": "0123456789abcdef" },
    });
    expect(again).toMatchObject({ status: 200, json: { welcome: { resumed: true } } });
    const tokenOf = ({ json }: { json: unknown }) => (json as JsonWelcome).welcome.sessionToken;
    expect(tokenOf(again)).toBe(tokenOf(first));
  });

  test("a join needs no body", async () => {
    const { status, json } = await ask("POST", `/v1/rooms/${newRoom()}/peers`);
    expect(status).toBe(201);
    expect(json).toMatchObject({ welcome: { you: { peerId: expect.stringMatching(/^peer-/) } } });
  });

  test("a number that the server gave to a signal without one is no repeat, but a conflict", async () => {
    const peers = `/v1/rooms/${newRoom()}/peers`;
    const ada = await ask("POST", peers, { json: { peerId: "ada" } });
    const ben = await ask("POST", peers, { json: { peerId: "ben" } });
    const token = (ada.json as JsonWelcome).welcome.sessionToken;
    const bens = (ben.json as JsonWelcome).welcome.sessionToken;
    const send = (json: object) => ask("POST", `${peers}/ada/signals`, { token, json });
    const bye = (reason: string) => ({ to: "ben", bye: { reason } });
    expect(await send(bye("one"))).toMatchObject({ status: 200, json: { ack: 1 } });
    const conflict = { status: 409, json: { reason: "SEQ_TAKEN", retry: "never" } };
    expect(await send({ seq: 1, ...bye("lost") })).toMatchObject(conflict);
    expect(await ask("PUT", `${peers}/ada/metadata?seq=1`, { token, json: {} })).toMatchObject(conflict);
    for (let times = 0; times < 2; times++) {
      expect(await send({ seq: 2, ...bye("two") })).toMatchObject({ status: 200, json: { ack: 2 } });
    }
    const { json } = await ask("GET", `${peers}/ben/signals?wait=0`, { token: bens });
    const got = (json as { responses: { bye?: { reason: string } }[] }).responses;
    expect(got.flatMap(({ bye: heard }) => heard?.reason ?? [])).toEqual(["one", "two"]);
    expect(await ask("DELETE", `${peers}/ada?seq=1`, { token })).toMatchObject(conflict);
    expect(await ask("DELETE", `${peers}/ada`, { token })).toMatchObject({ status: 204 });
  });

  test("two peers signal, update and leave", async () => {
    const peers = `/v1/rooms/${newRoom()}/peers`;
    const ada = await ask("POST", peers, { json: { peerId: "ada" } });
    const ben = await ask("POST", peers, { json: { peerId: "ben" } });
    const token = (ada.json as JsonWelcome).welcome.sessionToken;
    const bens = (ben.json as JsonWelcome).welcome.sessionToken;
    const sent = await ask("POST", `${peers}/ada/signals`, {
      token,
      json: [
        { seq: 1, to: "ben", negotiationId: "n", offer: { sdp } },
        { seq: 2, to: "nobody", bye: {} },
      ],
    });
    expect(sent).toMatchObject({
      status: 200,
      json: { ack: 2, rejected: [{ seq: 2, reason: "REASON_RECIPIENT_UNKNOWN", batchIndex: 1 }] },
    });
    const one = await ask("POST", `${peers}/ada/signals`, {
      token,
      json: { seq: 3, to: "ben", bye: { reason: "é" } },
    });
    expect(one).toMatchObject({ status: 200, json: { ack: 3 } });
    const put = await ask("PUT", `${peers}/ada/metadata?seq=4`, { token, json: { muted: "yes" } });
    expect(put).toMatchObject({ status: 200, json: { ack: 4 } });
    const heard = await ask("GET", `${peers}/ben/signals?wait=0`, { token: bens });
    expect(heard).toMatchObject({
      status: 200,
      json: {
        responses: [
          { welcome: { peers: [{ peerId: "ada", metadata: { muted: "yes" } }] } },
          { seq: 1, sender: "ada", negotiationId: "n", offer: { sdp } },
          { seq: 2, sender: "ada", bye: { reason: "é" } },
        ],
      },
    });
    const later = await ask("GET", `${peers}/ben/signals?after=2&wait=0.01`, { token: bens });
    expect((later.json as { responses: unknown[] }).responses).toHaveLength(1);
    expect(await ask("DELETE", `${peers}/ada?seq=5`, { token })).toMatchObject({
      status: 204,
      json: undefined,
    });
    expect(await ask("DELETE", `${peers}/ada`, { token })).toMatchObject({
      status: 404,
      json: { reason: "SESSION_NOT_FOUND", retry: "rejoin" },
    });
  });

  test("names in paths are percent-encoded, and decoded strictly", async () => {
    const joined = await ask("POST", "/v1/rooms/%64oor%3A%2B/peers", { json: { peerId: "ada" } });
    expect(joined.headers).toMatchObject({ location: "/v1/rooms/door%3A%2B/peers/ada" });
    const token = (joined.json as JsonWelcome).welcome.sessionToken;
    for (const path of ["/v1/rooms/door:+/peers/ada", "/v1/rooms/door%3a%2b/peers/%61da"]) {
      expect((await ask("POST", `${path}/signals`, { token, json: { ack: 0, heartbeat: {} } })).status).toBe(
        200,
      );
    }
    for (const room of ["a%2Fb", "a%20b", "a%252Fb", "", "%00", "%C3%A9"]) {
      const answer = await ask("POST", `/v1/rooms/${room}/peers`);
      const json = { reason: "ROOM_INVALID", violations: [{ field: "join.room" }] };
      expect([room, answer]).toMatchObject([room, { status: 400, json }]);
    }
    for (const room of ["%", "%2", "%zz", "%ff", "%C3"]) {
      const answer = await ask("POST", `/v1/rooms/${room}/peers`);
      expect([room, answer]).toMatchObject([room, { status: 400, json: { reason: "MALFORMED_MESSAGE" } }]);
    }
  });

  test("a name in a path that breaks the rules is refused, whatever the session token is", async () => {
    const token = await service.join(newRoom(), "ada");
    for (const peer of ["a%2Fb", "a%20b", "%C3%A9", "x".repeat(65)]) {
      const answer = await ask("GET", `/v1/rooms/r/peers/${peer}/signals`, { token });
      const json = { reason: "PEER_ID_INVALID", violations: [{ field: "join.peer_id" }] };
      expect([peer, answer]).toMatchObject([peer, { status: 400, json }]);
    }
    for (const options of [{}, { token }]) {
      const answer = await ask("DELETE", "/v1/rooms/a%2Fb/peers/ada", options);
      expect(answer).toMatchObject({ status: 400, json: { reason: "ROOM_INVALID" } });
    }
  });

  test("no room and no peer is named . or .., since clients resolve such paths", async () => {
    const room = newRoom();
    for (const name of [".", "..", "%2e", "%2E."]) {
      const joins = [
        [await ask("POST", `/v1/rooms/${name}/peers`), "ROOM_INVALID"],
        [await ask("GET", `/v1/rooms/${room}/peers/${name}/signals`), "PEER_ID_INVALID"],
      ] as const;
      for (const [answer, reason] of joins) {
        expect([name, answer]).toMatchObject([name, { status: 400, json: { reason } }]);
      }
    }
    for (const json of ['{"peerId":"."}', '{"peerId":".."}', '{"peer_id":".."}', '{"peerId":"\\u002e."}']) {
      const answer = await ask("POST", `/v1/rooms/${room}/peers`, { json });
      const expected = { reason: "PEER_ID_INVALID", violations: [{ field: "join.peer_id" }] };
      expect([json, answer]).toMatchObject([json, { status: 400, json: expected }]);
    }
    const dotted = `/v1/rooms/..${room}/peers`;
    const joined = await ask("POST", dotted, { json: { peerId: "..." } });
    expect(joined).toMatchObject({ status: 201, headers: { location: `${dotted}/...` } });
  });

  test.each([
    ["GET", "/v1/rooms/r/peers", "POST"],
    ["OPTIONS", "/v1/rooms/r/peers", "POST"],
    ["POST", "/v1/rooms/r/peers/p", "DELETE"],
    ["PUT", "/v1/rooms/r/peers/p/signals", "GET, POST"],
    ["HEAD", "/v1/rooms/r/peers/p/signals", "GET, POST"],
    ["PATCH", "/v1/rooms/r/peers/p/metadata", "PUT"],
    ["DELETE", "/v1/openapi.json", "GET, HEAD"],
  ])("%s %s has the methods %s", async (method, path, allow) => {
    const { status, headers, body } = await rawRequest(service.url, http, { method, path });
    expect([status, headers["allow"], headers["parley-reason"]]).toEqual([405, allow, "METHOD_UNKNOWN"]);
    if (method !== "HEAD")
      expect(JSON.parse(body.toString())).toMatchObject({ status: 405, reason: "METHOD_UNKNOWN" });
  });

  test.each([
    "/v1/rooms",
    "/v1/rooms/",
    "/v1/rooms?limit=10",
    "/v1/rooms/r",
    "/v1/rooms/r/peers/",
    "/v1/rooms/r/peers/p/",
    "/v1/rooms/r/peers/p/other",
    "/v1/rooms/a/b/peers",
  ])("%s is no resource, and the answer is a problem", async (path) => {
    for (const method of ["GET", "POST", "DELETE"]) {
      expect(await ask(method, path, method === "POST" ? { json: {} } : {})).toMatchObject({
        status: 404,
        headers: { "content-type": "application/problem+json", "parley-reason": "METHOD_UNKNOWN" },
        json: { status: 404, title: "Not Found", reason: "METHOD_UNKNOWN", retry: "never" },
      });
    }
  });

  test.each(["/v1", "/v1/roomsy", "/v1/other", "/v2/rooms/r/peers"])("%s is nothing", async (path) => {
    for (const method of ["GET", "POST"]) {
      const { status, body } = await rawRequest(service.url, http, { method, path });
      expect([status, body.toString()]).toEqual([404, "not found\n"]);
    }
  });

  test("what is no JSON, has another type or another encoding, or is too long, is refused", async () => {
    const peers = `/v1/rooms/${newRoom()}/peers`;
    const cases = [
      [{ json: "{]" }, 400, "MALFORMED_MESSAGE"],
      [{ json: "[]" }, 400, "MALFORMED_MESSAGE"],
      [{ json: { peerId: "a/b" } }, 400, "PEER_ID_INVALID"],
      [
        { json: "peerId=ada", headers: { "content-type": "application/x-www-form-urlencoded" } },
        415,
        "ENCODING_UNSUPPORTED",
      ],
      [{ json: "{}", headers: { "content-encoding": "gzip" } }, 415, "ENCODING_UNSUPPORTED"],
      [{ json: "{}", headers: { accept: "text/html" } }, 406, "ENCODING_UNSUPPORTED"],
      [{ json: { metadata: { x: "x".repeat(100_000) } } }, 413, "MESSAGE_TOO_LARGE"],
      [{ headers: { "idempotency-key": "short" } }, 400, "NONCE_INVALID"],
      [{ headers: { "idempotency-key": "not one word, but many" } }, 400, "HEADER_INVALID"],
      [{ headers: { "idempotency-key": '""' } }, 400, "HEADER_INVALID"],
    ] as const;
    for (const [options, status, reason] of cases) {
      const { json } = await ask("POST", peers, options);
      expect(json).toMatchObject({ status, reason, retry: "never", type: "about:blank" });
    }
  });

  test("a session token is needed, and is one of the peer in the path", async () => {
    const room = newRoom();
    const token = await service.join(room, "ada");
    await service.join(room, "ben");
    const signals = `/v1/rooms/${room}/peers/ada/signals`;
    for (const [method, path] of [
      ["GET", signals],
      ["POST", signals],
      ["PUT", signals.replace("signals", "metadata")],
      ["DELETE", signals.replace("/signals", "")],
    ] as const) {
      const options = method === "POST" || method === "PUT" ? { json: {} } : {};
      expect(await ask(method, path, options)).toMatchObject({
        status: 401,
        headers: { "www-authenticate": "Bearer", "parley-retry": "rejoin" },
        json: { reason: "SESSION_TOKEN_INVALID" },
      });
      const forged = `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
      expect(await ask(method, path, { ...options, token: forged })).toMatchObject({
        status: 404,
        json: { reason: "SESSION_NOT_FOUND" },
      });
      const other = path.replace("ada", "ben");
      expect(await ask(method, other, { ...options, token })).toMatchObject({
        status: 404,
        json: { reason: "SESSION_NOT_FOUND" },
      });
    }
  });

  test("an update that is rejected is an error of its request", async () => {
    const room = newRoom();
    const token = await service.join(room, "ada");
    const path = `/v1/rooms/${room}/peers/ada/metadata`;
    expect(await ask("PUT", path, { token, json: { a: "x".repeat(5000) } })).toMatchObject({
      status: 400,
      json: { reason: "METADATA_INVALID" },
    });
    expect(await ask("PUT", path, { token, json: { a: 1 } })).toMatchObject({
      status: 400,
      json: { reason: "MALFORMED_MESSAGE" },
    });
    const answers: Answer[] = [];
    for (let index = 0; index < 8; index++)
      answers.push(await ask("PUT", path, { token, json: { a: String(index) } }));
    expect(answers.at(-1)).toMatchObject({ status: 429, json: { reason: "RATE_LIMITED", retry: "later" } });
    const headers = answers.at(-1)?.headers;
    expect(Number(headers?.["retry-after"])).toBeGreaterThanOrEqual(1);
    expect(Number(headers?.["parley-retry-after-ms"])).toBeGreaterThan(0);
  });

  test("parameters that are no numbers are refused", async () => {
    const room = newRoom();
    const token = await service.join(room, "ada");
    for (const query of [
      "after=x",
      "after=-1",
      "after=4294967296",
      "wait=soon",
      "wait=1&wait=2",
      "attempt=1.5",
    ]) {
      const answer = await ask("GET", `/v1/rooms/${room}/peers/ada/signals?${query}`, { token });
      expect([query, answer]).toMatchObject([query, { status: 400, json: { reason: "MALFORMED_MESSAGE" } }]);
    }
    const headers = { "last-event-id": "first" };
    const answer = await ask("GET", `/v1/rooms/${room}/peers/ada/signals?wait=0`, { token, headers });
    expect(answer).toMatchObject({ status: 400, json: { reason: "MALFORMED_MESSAGE" } });
  });

  test("a page of an allowed origin may use every method, and read where the peer is", async () => {
    const origin = "https://app.example";
    const preflight = await rawRequest(service.url, http, {
      method: "OPTIONS",
      path: "/v1/rooms/r/peers/p/metadata",
      headers: {
        origin,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "parley-session",
      },
    });
    expect(preflight).toMatchObject({
      status: 204,
      headers: {
        "access-control-allow-methods": "POST, GET, PUT, DELETE",
        "access-control-allow-headers": "parley-session",
      },
    });
    const joined = await ask("POST", `/v1/rooms/${newRoom()}/peers`, { headers: { origin } });
    expect(joined.headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-expose-headers": expect.stringMatching(/location, retry-after/),
    });
  });

  test("a page of any other origin may not", async () => {
    const headers = { origin: "https://evil.example" };
    expect(await ask("POST", `/v1/rooms/${newRoom()}/peers`, { headers })).toMatchObject({
      status: 403,
      headers: { "content-type": "application/problem+json" },
      json: { reason: "ORIGIN_REFUSED" },
    });
  });
});
