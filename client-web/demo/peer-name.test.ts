import { expect, test } from "vitest";
import { guestName, hueOf, peerIdOf } from "./peer-name.ts";

test("a peer id is the name without accents, spaces and capitals", () => {
  expect(peerIdOf("Ada Lovelace")).toBe("ada-lovelace");
  expect(peerIdOf("  Zoë & José  ")).toBe("zoe-jose");
  expect(peerIdOf("ada@home.example")).toBe("ada@home.example");
});

test("a name of which nothing is allowed in a peer id leaves the choice to the server", () => {
  expect(peerIdOf("李雷")).toBeUndefined();
  expect(peerIdOf("!!!")).toBeUndefined();
});

test("a peer id is never longer than the contract allows", () => {
  expect(peerIdOf("a".repeat(100))).toHaveLength(64);
});

test("a guest's name has three digits", () => {
  expect(guestName(() => 0)).toBe("Guest 100");
  expect(guestName(() => 0.9999)).toBe("Guest 999");
});

test("the hue of a name is always the same, and never a muddy yellow or orange", () => {
  const hues = ["Ada", "Grace Hopper", "Linus", "李雷", ""].map(hueOf);
  expect(hues).toEqual(["Ada", "Grace Hopper", "Linus", "李雷", ""].map(hueOf));
  for (const hue of hues) {
    expect(hue).toBeGreaterThanOrEqual(150);
    expect(hue).toBeLessThan(340);
  }
});
