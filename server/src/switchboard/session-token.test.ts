import { Reason } from "@parley/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isPeerId, isRoomName, type PeerId, type RoomName } from "./names.ts";
import {
  formatToken,
  hashNonce,
  hashSecret,
  newPeerId,
  newSecret,
  newSessionId,
  parseToken,
  placeOf,
  sessionSecret,
  splitToken,
  termsIn,
  tokenFailure,
} from "./session-token.ts";
import { TokenKeys } from "./token-keys.ts";

const keys = new TokenKeys();

const nameOf = (maxLength: number) =>
  fc.stringMatching(/^[A-Za-z0-9._~:@+-]+$/, { maxLength }).filter((name) => name.length > 0);
const anyToken = fc.record({
  room: nameOf(128).map((name) => name as RoomName),
  peerId: nameOf(64).map((name) => name as PeerId),
  sessionId: fc.constant(0).map(newSessionId),
  secret: fc.constant(0).map(newSecret),
  terms: fc.stringMatching(/^[a-z]{0,8}$/),
});

test("a token says what it was made of", () => {
  fc.assert(
    fc.property(anyToken, (token) => {
      const text = formatToken(token, keys);
      expect(parseToken(text)).toEqual(token);
      expect(placeOf(text)).toEqual({ sessionId: token.sessionId, room: token.room });
    }),
  );
});

test("the parts of a token are found where they stand", () => {
  fc.assert(
    fc.property(anyToken, (token) => {
      const { sessionId, secret, terms } = token;
      expect(splitToken(formatToken(token, keys))).toMatchObject({ sessionId, secret });
      expect(termsIn(formatToken(token, keys))).toBe(terms);
    }),
  );
});

test("a token of another service names a session that is gone, and other text names none", () => {
  fc.assert(
    fc.property(anyToken, (token) => {
      expect(tokenFailure(formatToken(token, keys), keys)).toBeUndefined();
      const foreign = formatToken(token, new TokenKeys());
      expect(tokenFailure(foreign, keys)?.reason).toBe(Reason.SESSION_NOT_FOUND);
      expect(tokenFailure(foreign.slice(0, -1), keys)?.reason).toBe(Reason.SESSION_TOKEN_INVALID);
    }),
  );
});

test("a nonce is kept as something else, and no nonce as none", () => {
  const nonce = Buffer.from("0123456789abcdef");
  expect(hashNonce(nonce)).toHaveLength(43);
  expect(hashNonce(nonce)).not.toContain(nonce.toString("base64url"));
  expect(hashNonce(new Uint8Array(0))).toBe("");
});

test("the longest names make a token that is taken", () => {
  const token = {
    room: "r".repeat(128) as RoomName,
    peerId: "p".repeat(64) as PeerId,
    sessionId: newSessionId(),
    secret: newSecret(),
    terms: "abcdefgh",
  };
  expect(parseToken(formatToken(token, keys))).toEqual(token);
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
      const text = formatToken(token, keys);
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

test("the secret of a session follows from its nonce, and without one it is random", () => {
  const nonce = Buffer.from("0123456789abcdef");
  const id = newSessionId();
  const secret = sessionSecret(id, nonce);
  expect(secret).toHaveLength(32);
  expect(sessionSecret(id, Buffer.from(nonce))).toBe(secret);
  expect(sessionSecret(newSessionId(), nonce)).not.toBe(secret);
  expect(sessionSecret(id, Buffer.from("0123456789abcdeg"))).not.toBe(secret);
  const none = new Uint8Array(0);
  expect(sessionSecret(id, none)).not.toBe(sessionSecret(id, none));
});
