import fc from "fast-check";
import { expect, test } from "vitest";
import { grpcMessage } from "./grpc-message.ts";

test("nothing is encoded but what gRPC requires", () => {
  const text = 'not a Join: field 3 has "wire type" 5 (see https://example.com/?a=b&c#d); {[~]}';
  expect(grpcMessage(text)).toBe(text);
  expect(grpcMessage("100 % ü\r\n\x7f\0")).toBe("100 %25 %C3%BC%0D%0A%7F%00");
  expect(grpcMessage(" a b ")).toBe("%20a b%20");
});

test("every text comes back as it was, and fits into a header", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      const message = grpcMessage(text);
      expect(message).toMatch(/^[ -~]*$/);
      expect(new Headers({ message }).get("message")).toBe(message);
      expect(decodeURIComponent(message)).toBe(text.toWellFormed());
    }),
  );
});
