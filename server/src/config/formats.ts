import { Setting, type SettingDescription } from "./setting.ts";

type Described<Value> = SettingDescription<Value>;

/** What the bounds of a number add to its description. */
interface Bounds {
  readonly from: number;
  readonly to: number;
  /** What stands for the value in `--help`. @default "number" */
  readonly placeholder?: string;
}

/** A text of any kind. */
export function text(name: string, placeholder: string, description: Described<string>): Setting<string> {
  return new Setting(name, description, {
    placeholder: `<${placeholder}>`,
    bounds: "",
    read: (text) => text,
  });
}

/** A text that may be absent. */
export function optionalText(
  name: string,
  placeholder: string,
  about: string,
  mask?: (text: string) => string,
): Setting<string | undefined> {
  return new Setting<string | undefined>(
    name,
    { default: undefined, about },
    {
      placeholder: `<${placeholder}>`,
      bounds: "",
      ...(mask === undefined
        ? {}
        : { mask: (value: string | undefined) => (value === undefined ? value : mask(value)) }),
      read: (text) => text,
    },
  );
}

export function integer(name: string, description: Described<number> & Bounds): Setting<number> {
  const { from, to, placeholder = "number" } = description;
  return new Setting(name, description, {
    placeholder: `<${placeholder}>`,
    bounds: `a whole number from ${from} to ${to}`,
    read: (text) => numberIn(text, from, to, Number.isInteger),
  });
}

/** A whole number that may be absent. */
export function optionalInteger(
  name: string,
  { about, from, to }: { readonly about: string } & Bounds,
): Setting<number | undefined> {
  return new Setting<number | undefined>(
    name,
    { default: undefined, about },
    {
      placeholder: "<number>",
      bounds: `a whole number from ${from} to ${to}`,
      read: (text) => numberIn(text, from, to, Number.isInteger),
    },
  );
}

export function bytes(name: string, description: Described<number> & Bounds): Setting<number> {
  return integer(name, { ...description, placeholder: "bytes" });
}

/** Described in seconds; the value is in milliseconds. */
export function seconds(name: string, description: Described<number> & Bounds): Setting<number> {
  const { from, to, default: seconds, defaultText = String(seconds), about } = description;
  return new Setting(
    name,
    { default: seconds * 1000, defaultText, about },
    {
      placeholder: "<seconds>",
      bounds: `a number of seconds from ${from} to ${to}`,
      read: (text) => applied(numberIn(text, from, to, Number.isFinite), (seconds) => seconds * 1000),
    },
  );
}

/** Described in percent; the value is a share from 0 to 1. */
export function percent(name: string, description: Described<number> & Bounds): Setting<number> {
  const { from, to, default: percent, about } = description;
  return new Setting(
    name,
    { default: percent / 100, defaultText: String(percent), about },
    {
      placeholder: "<percent>",
      bounds: `a whole number from ${from} to ${to}`,
      read: (text) => applied(numberIn(text, from, to, Number.isInteger), (percent) => percent / 100),
    },
  );
}

/** A number of which 0 means what the machine allows. */
export function integerOrAutomatic(
  name: string,
  description: Omit<Described<number>, "default"> & Bounds,
  automatic: () => number,
): Setting<number> {
  const { from, to, placeholder = "number" } = description;
  return new Setting(
    name,
    { ...description, default: automatic(), defaultText: "0" },
    {
      placeholder: `<${placeholder}>`,
      bounds: `a whole number from ${from} to ${to}`,
      read: (text) => {
        const value = numberIn(text, from, to, Number.isInteger);
        return value === 0 ? automatic() : value;
      },
    },
  );
}

/** True or false. `alone` lets the flag without a value mean true. */
export function flag<Value extends boolean | undefined>(
  name: string,
  description: Described<Value>,
  alone = false,
): Setting<Value | boolean> {
  // A variable cannot be set without a value, so that a flag with a value serves both.
  return new Setting<Value | boolean>(name, description, {
    placeholder: alone ? "[boolean]" : "<boolean>",
    bounds: "true or false",
    ...(alone ? { preset: "true" } : {}),
    read: (text) => flagValues.get(text),
  });
}

const flagValues = new Map([
  ["1", true],
  ["true", true],
  ["0", false],
  ["false", false],
  ["", false],
]);

export function choice<const Choice extends string>(
  name: string,
  placeholder: string,
  choices: readonly Choice[],
  description: Described<NoInfer<Choice>>,
): Setting<Choice> {
  return new Setting<Choice>(name, description, {
    placeholder: `<${placeholder}>`,
    bounds: `one of ${choices.join(", ")}`,
    choices,
    read: (text) => choices.find((choice) => choice === text),
  });
}

function numberIn(text: string, from: number, to: number, isKind: (value: number) => boolean) {
  const value = Number(text);
  return text.trim() !== "" && isKind(value) && value >= from && value <= to ? value : undefined;
}

function applied(value: number | undefined, change: (value: number) => number): number | undefined {
  return value === undefined ? undefined : change(value);
}
