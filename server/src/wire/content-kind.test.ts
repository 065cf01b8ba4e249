import { expect, test } from "vitest";
import { contentKindOf } from "./content-kind.ts";

test.each([
  ["application/grpc", "grpc", true],
  ["application/grpc+proto", "grpc", true],
  ["application/grpc+json", "grpc", false],
  ["application/GRPC+json; charset=utf-8", "grpc", false],
  ["application/grpc-web", "grpc-web", true],
  ["application/grpc-web+json", "grpc-web", false],
  ["application/grpc-web-text", "grpc-web", true],
  ["application/grpc-web-text+proto", "grpc-web", true],
  ["Application/gRPC-Web-Text+JSON", "grpc-web", false],
  ["application/connect+proto", "connect", true],
  ["application/connect+json;charset=utf-8", "connect", false],
  ["application/proto", undefined, true],
  ["application/json", undefined, false],
  ["Application/JSON; charset=UTF-8", undefined, false],
  ['application/json;charset="utf8" ; v=1', undefined, false],
  ["application/grpc; charset=utf-8", "grpc", true],
  ["application/grpc-web-text;charset=utf-8", "grpc-web", true],
])("%s is understood", (contentType, stream, binary) => {
  const kind = contentKindOf(contentType);
  expect([kind?.stream?.name, kind?.binary]).toEqual([stream, binary]);
});

test.each([
  null,
  "",
  "text/plain",
  "application/grpc-web-texts",
  "application/grpcx",
  "application/xml",
  "application/json; charset=latin1",
])("%s is not", (contentType) => {
  expect(contentKindOf(contentType)).toBeUndefined();
});
