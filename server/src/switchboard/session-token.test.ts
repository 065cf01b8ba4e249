import fc from "fast-check";
import { expect, test } from "vitest";
import { isPeerId, isRoomName, type PeerId, type RoomName } from "./names.ts";
import { formatToken, hashSecret, newPeerId, newSecret, newSessionId, parseToken } from "./session-token.ts";

const nameOf = (maxLength: number) =>
  fc.stringMatching(/^[A-Za-z0-9._~:@+-]+$/, { maxLength }).filter((name) => name.length > 0);
const anyToken = fc.record({
  room: nameOf(128).map((name) => name as RoomName),
  peerId: nameOf(64).map((name) => name as PeerId),
  sessionId: fc.constant(0).map(newSessionId),
  secret: fc.constant(0).map(newSecret),
});

test("a token says what it was made of", () => {
  fc.assert(
    fc.property(anyToken, (token) => {
      expect(parseToken(formatToken(token))).toEqual(token);
    }),
  );
});

test("the longest names make a token that is taken", () => {
  const token = {
    room: "r".repeat(128) as RoomName,
    peerId: "p".repeat(64) as PeerId,
    sessionId: newSessionId(),
    secret: newSecret(),
  };
  expect(parseToken(formatToken(token))).toEqual(token);
});

test("whatever text is no token is refused and breaks nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      expect(parseToken(text)).toBeUndefined();
    }),
  );
});

test("a token that was changed is refused, or names what is allowed", () => {
  fc.assert(
    fc.property(anyToken, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (token, at, character) => {
      const text = formatToken(token);
      const place = at % text.length;
      const parsed = parseToken(text.slice(0, place) + character + text.slice(place + 1));
      if (parsed === undefined) return;
      expect(isRoomName(parsed.room) && isPeerId(parsed.peerId)).toBe(true);
    }),
  );
});

test("secrets are long, new each time, and kept as something else", () => {
  const secrets = new Set(Array.from({ length: 1000 }, newSecret));
  expect(secrets.size).toBe(1000);
  for (const secret of secrets) {
    expect(Buffer.from(secret, "base64url").byteLength).toBe(24);
    expect(hashSecret(secret)).not.toContain(secret);
  }
});

test("a name that the server makes is one that it takes", () => {
  expect(isPeerId(newPeerId())).toBe(true);
  expect(newPeerId()).not.toBe(newPeerId());
});
