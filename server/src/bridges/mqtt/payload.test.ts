import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { type SignalRequest, SignalRequestSchema } from "@parley/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRequest, encodeRequest, type Form, formOf, kindOf } from "./payload.ts";

const join = create(SignalRequestSchema, { body: { case: "join", value: { room: "r", peerId: "p" } } });
const resume = create(SignalRequestSchema, { body: { case: "resume", value: { sessionToken: "t" } } });
const bye = create(SignalRequestSchema, { seq: 1, to: "q", body: { case: "bye", value: {} } });

function payloadOf(request: SignalRequest, form: Form): Buffer {
  return form === "json"
    ? Buffer.from(toJsonString(SignalRequestSchema, request))
    : Buffer.from(toBinary(SignalRequestSchema, request));
}

/** Without fields of later versions, which only protobuf keeps. */
function inJson(request: SignalRequest | undefined): string {
  return String(request && encodeRequest(request, "json"));
}

test.each<Form>(["json", "proto"])(
  "a join and a resume open a stream, anything else does not: %s",
  (form) => {
    const kinds = [join, resume, bye].map((request) => kindOf(payloadOf(request, form), form));
    expect(kinds).toEqual(["opening", "opening", "message"]);
    for (const request of [join, resume, bye]) expect(formOf(payloadOf(request, form))).toBe(form);
  },
);

test("a join is seen wherever it stands, and under both of its bodies", () => {
  const both = Buffer.concat([payloadOf(bye, "proto"), payloadOf(join, "proto")]);
  expect(kindOf(both, "proto")).toBe("opening");
  expect(kindOf(Buffer.from('{"seq":1,"bye":{},"join":{}}'), "json")).toBe("opening");
});

test("no bytes are an exception", () => {
  const messages = [join, resume, bye].flatMap((request) =>
    (["json", "proto"] as const).map((form) => payloadOf(request, form)),
  );
  const damaged = fc
    .tuple(fc.constantFrom(...messages), fc.nat(), fc.integer({ min: 0, max: 255 }))
    .map(([message, at, byte]) => {
      const copy = Buffer.from(message);
      copy[at % copy.byteLength] = byte;
      return copy;
    });
  const texts = fc.json().map((text) => Buffer.from(`{"join":${text},"to":${text}}`));
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 }).map((each) => Buffer.from(each));
  fc.assert(
    fc.property(fc.oneof(damaged, texts, bytes), (payload) => {
      const form = formOf(payload);
      expect(["opening", "message", "unreadable"]).toContain(kindOf(payload, form));
      // What can be decoded is passed on in either form, or refused.
      const request = decodeRequest(payload, form);
      for (const other of ["json", "proto"] as const) {
        const again = request && encodeRequest(request, other);
        if (again !== undefined) expect(inJson(decodeRequest(again, other))).toBe(inJson(request));
      }
    }),
    { numRuns: 2000 },
  );
});
