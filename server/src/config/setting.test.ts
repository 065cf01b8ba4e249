import { expect, expectTypeOf, test } from "vitest";
import { serverSettings } from "../server.ts";
import { choice, flag, integer, optionalText, percent, seconds } from "./formats.ts";
import { ConfigError, combination, maskedValues, readSettings, settingsIn } from "./setting.ts";

const table = {
  size: integer("size", { default: 3, from: 1, to: 9, about: "a number" }),
  group: {
    waitMs: seconds("wait", { default: 2, from: 0.5, to: 10, about: "a time" }),
    share: percent("share", { default: 80, from: 1, to: 100, about: "a share" }),
    key: optionalText("key", "text", "a secret", () => "***"),
  },
  kind: choice("kind", "kind", ["big", "small"], { default: "big", about: "a choice" }),
  deep: flag("deep", { default: false, about: "a switch" }),
};

/** The values if these texts are given, by flag. */
function read(texts: Readonly<Record<string, string>> = {}) {
  return readSettings(table, ({ flag }) => {
    const text = texts[flag];
    return text === undefined ? undefined : { by: flag, text };
  });
}

test("what is not given has its default, in the same groups", () => {
  const values = read();
  expect(values).toEqual({
    size: 3,
    group: { waitMs: 2000, share: 0.8, key: undefined },
    kind: "big",
    deep: false,
  });
  expectTypeOf(values.kind).toEqualTypeOf<"big" | "small">();
});

test("what is given is read in its own unit", () => {
  expect(read({ "--size": "9", "--wait": "0.5", "--share": "7", "--kind": "small", "--deep": "1" })).toEqual({
    size: 9,
    group: { waitMs: 500, share: 0.07, key: undefined },
    kind: "small",
    deep: true,
  });
});

test.each([
  ["--size", "10", '--size must be a whole number from 1 to 9, not "10"'],
  ["--size", "1.5", '--size must be a whole number from 1 to 9, not "1.5"'],
  ["--size", " ", '--size must be a whole number from 1 to 9, not " "'],
  ["--wait", "NaN", '--wait must be a number of seconds from 0.5 to 10, not "NaN"'],
  ["--kind", "BIG", '--kind must be one of big, small, not "BIG"'],
  ["--deep", "yes", '--deep must be true or false, not "yes"'],
])("%s=%s is refused, and the error names the setting and its bounds", (name, text, message) => {
  expect(() => read({ [name]: text })).toThrow(new ConfigError(message));
});

test("what is secret is masked for a log, and only if it is set", () => {
  expect(maskedValues(table, read({ "--key": "hunter2" }))).toMatchObject({ group: { key: "***" }, size: 3 });
  expect(maskedValues(table, read())).toMatchObject({ group: { key: undefined } });
});

const depending = {
  pair: combination(
    {
      low: integer("low", { default: 1, from: 1, to: 9, about: "a number" }),
      high: integer("high", { default: 9, from: 1, to: 9, about: "a number" }),
    },
    ({ low, high }) => {
      if (low > high) throw new ConfigError("--low is at most --high");
      return { low, high, count: high - low };
    },
  ),
};

test("settings that depend on one another are read together, and refused together", () => {
  const given = (texts: Readonly<Record<string, string>>) =>
    readSettings(depending, ({ flag: by }) => {
      const text = texts[by];
      return text === undefined ? undefined : { by, text };
    });
  expect([...settingsIn(depending)].map(({ flag }) => flag)).toEqual(["--low", "--high"]);
  const { pair } = given({ "--low": "4" });
  expectTypeOf(pair).toEqualTypeOf<{ low: number; high: number; count: number }>();
  expect(pair).toEqual({ low: 4, high: 9, count: 5 });
  expect(() => given({ "--low": "4", "--high": "3" })).toThrow(new ConfigError("--low is at most --high"));
  expect(() => given({ "--low": "0" })).toThrow(/^--low must be a whole number from 1 to 9/);
});

test("no two settings have the same flag", () => {
  const flags = [...settingsIn(serverSettings)].map(({ flag }) => flag);
  expect(new Set(flags).size).toBe(flags.length);
});
