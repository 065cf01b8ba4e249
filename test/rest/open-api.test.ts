import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type JsonWelcome, RestService } from "./rest-service.ts";

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly content: Record<string, { readonly examples?: Record<string, { readonly value: unknown }> }>;
  };
  readonly responses: Record<string, unknown>;
}

type Document = {
  readonly paths: Record<string, Record<string, Operation>>;
};

let service: RestService;
let document: Document;
beforeAll(async () => {
  service = await RestService.start();
  document = (await service.ask("GET", "/v1/openapi.json")).json as Document;
});
afterAll(() => service[Symbol.asyncDispose]());

test("the description is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(validator.version).toBe("3.1");
});

test("its head is there without its body, on both versions of HTTP", async () => {
  for (const http of [1, 2] as const) {
    const { status, headers, json } = await service.ask("HEAD", "/v1/openapi.json", { http });
    expect([status, headers["content-type"], json]).toEqual([200, "application/json", undefined]);
  }
});

test("it describes every path of the door and each of its methods, and no others", async () => {
  for (const [path, operations] of Object.entries(document.paths)) {
    const { headers } = await service.ask("PATCH", path.replaceAll(/[{}]/g, ""));
    const described = Object.keys(operations).map((method) => method.toUpperCase());
    const served = headers["allow"]?.split(", ").filter((method) => method !== "HEAD");
    expect([path, described.sort()]).toEqual([path, served?.sort()]);
  }
  const ids = Object.values(document.paths).flatMap((operations) => Object.values(operations));
  expect(ids.map(({ operationId }) => operationId).sort()).toEqual([
    "describe",
    "join",
    "leave",
    "receive",
    "send",
    "update",
  ]);
});

test("its examples work", async () => {
  let played = 0;
  for (const [template, operations] of Object.entries(document.paths)) {
    for (const [method, { requestBody, responses }] of Object.entries(operations)) {
      const examples = requestBody?.content["application/json"]?.examples ?? {};
      for (const [name, { value }] of Object.entries(examples)) {
        const room = `example-${played++}`;
        // Examples of signals are numbered in the order of the page.
        const token = await service.join(room, "ann");
        await service.join(room, "ben");
        const first = Array.isArray(value)
          ? (value[0] as { seq?: number }).seq
          : (value as { seq?: number }).seq;
        for (let seq = 1; seq < Number(first ?? 1); seq++) {
          await service.ask("POST", `/v1/rooms/${room}/peers/ann/signals`, {
            token,
            json: { seq, to: "ben", bye: {} },
          });
        }
        const path = template.replace("{room}", room).replace("{peer}", "ann");
        const answer = await service.ask(method.toUpperCase(), path, { token, json: value });
        expect([name, String(answer.status)]).toEqual([name, expect.stringMatching(/^20/)]);
        expect(Object.keys(responses)).toContain(String(answer.status));
        expect([name, (answer.json as { rejected?: unknown }).rejected ?? []]).toEqual([name, []]);
      }
    }
  }
  expect(played).toBeGreaterThanOrEqual(6);
});

test("a join by the description is a session", async () => {
  const { json } = await service.ask("POST", "/v1/rooms/described/peers", { json: { peerId: "ada" } });
  expect((json as JsonWelcome).welcome.you.peerId).toBe("ada");
});
