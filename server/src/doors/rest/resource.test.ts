import { expect, test } from "vitest";
import { decodeName, peerPath, resourceAt } from "./resource.ts";

test.each([
  ["/v1/openapi.json", { kind: "openapi" }],
  ["/v1/rooms/r/peers", { kind: "peers", room: "r" }],
  ["/v1/rooms//peers", { kind: "peers", room: "" }],
  ["/v1/rooms/%2F/peers/p", { kind: "peer", room: "%2F", peer: "p" }],
  ["/v1/rooms/r/peers/p/signals", { kind: "signals", room: "r", peer: "p" }],
  ["/v1/rooms/r/peers/p/metadata", { kind: "metadata", room: "r", peer: "p" }],
  ["/v1/rooms/peers/peers/peers/signals", { kind: "signals", room: "peers", peer: "peers" }],
  ["/v1/rooms", { kind: "unknown" }],
  ["/v1/rooms/r/peers/", { kind: "unknown" }],
  ["/v1/rooms/r/peers//signals", { kind: "unknown" }],
  ["/v1/rooms/a/b/peers", { kind: "unknown" }],
  ["/v1/roomsy", undefined],
  ["/v1/signal", undefined],
  ["/", undefined],
])("%s is %j", (path, resource) => {
  expect(resourceAt(path)).toEqual(resource);
});

test("the path of a peer leads back to its names", () => {
  const names = ["a:b@c+d~e", "%25"] as const;
  const resource = resourceAt(peerPath(...names));
  if (resource?.kind !== "peer") throw new Error("no path of a peer");
  expect([resource.room, resource.peer].map(decodeName)).toEqual(names);
});
