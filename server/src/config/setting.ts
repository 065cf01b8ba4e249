/** What a setting is, apart from how its value is read. */
export interface SettingDescription<Value> {
  /** The value if nothing is given. */
  readonly default: Value;
  /** The default for people, if it is not the value itself. */
  readonly defaultText?: string;
  /** What it sets, as `--help` and docs/settings.md describe it. */
  readonly about: string;
}

/** How the text of a setting becomes its value. */
export interface SettingFormat<Value> {
  /** What stands for the value in `--help`: `<seconds>`, or `[boolean]` if the flag alone has a meaning. */
  readonly placeholder: string;
  /** Which values it takes, for people: "a whole number from 1 to 9". Empty if it takes any text. */
  readonly bounds: string;
  /** All its values, if they are few. */
  readonly choices?: readonly string[];
  /** What the flag means without a value. */
  readonly preset?: string;
  /** What the log shows of a value that holds a secret. Nothing of it is repeated in errors either. */
  mask?(value: Value): unknown;
  /** Undefined if the text is none of its values. May throw a TypeError that says what is wrong with it instead. */
  read(text: string): Value | undefined;
}

/** A text that was given for a setting, and by what: a flag or a variable. */
export interface GivenText {
  readonly by: string;
  readonly text: string;
}

/** A setting is wrong, or two contradict each other. The message is for the person who starts the server. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** One setting: the flag `--<name>`, and the variable `PARLEY_<NAME>`. */
export class Setting<Value> {
  readonly flag: string;
  readonly variable: string;
  readonly default: Value;
  readonly defaultText: string | undefined;
  readonly about: string;
  readonly format: SettingFormat<Value>;

  /** @param name such as `room-peers`. */
  constructor(name: string, description: SettingDescription<Value>, format: SettingFormat<Value>) {
    this.flag = `--${name}`;
    this.variable = `PARLEY_${name.toUpperCase().replaceAll("-", "_")}`;
    this.default = description.default;
    this.defaultText = description.defaultText;
    this.about = description.about;
    this.format = format;
  }

  /** The value of what was given. Throws a ConfigError that names the flag or the variable. */
  valueOf({ by, text }: GivenText): Value {
    const { bounds, mask } = this.format;
    const value = this.#read(by, text);
    if (value !== undefined) return value;
    throw new ConfigError(
      `${by} must be ${bounds}${mask === undefined ? `, not ${JSON.stringify(text)}` : ""}`,
    );
  }

  #read(by: string, text: string): Value | undefined {
    try {
      return this.format.read(text);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new ConfigError(`${by}: ${error.message}`, { cause: error });
    }
  }
}

/** What is given for a setting; undefined if nothing is. */
export type Given = (setting: Setting<unknown>) => GivenText | undefined;

/** Settings whose values depend on one another, and what they make together. */
export class Combination<Value> {
  readonly table: SettingTable;
  /** Throws a ConfigError if a value is wrong, or two contradict each other. */
  readonly read: (given: Given) => Value;

  constructor(table: SettingTable, read: (given: Given) => Value) {
    this.table = table;
    this.read = read;
  }
}

/** @param combine throws a ConfigError if the values contradict each other. */
export function combination<Table extends SettingTable, Value>(
  table: Table,
  combine: (values: ValuesOf<Table>) => Value,
): Combination<Value> {
  return new Combination(table, (given) => combine(readSettings(table, given)));
}

/** Settings by their names in the configuration, in groups or not. */
export interface SettingTable {
  readonly [name: string]: Setting<unknown> | Combination<unknown> | SettingTable;
}

/** The values of a table of settings. */
export type ValuesOf<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer Value>
    ? Value
    : Table[Name] extends Combination<infer Value>
      ? Value
      : ValuesOf<Table[Name]>;
};

/** All settings of a table, in their order. */
export function* settingsIn(table: SettingTable): Generator<Setting<unknown>> {
  for (const entry of Object.values(table)) {
    if (entry instanceof Setting) yield entry;
    else yield* settingsIn(entry instanceof Combination ? entry.table : entry);
  }
}

/** The values of all settings of a table: what is given for each, or its default. Throws a ConfigError. */
export function readSettings<Table extends SettingTable>(table: Table, given: Given): ValuesOf<Table> {
  const entries = Object.entries(table).map(([name, entry]) => {
    if (entry instanceof Combination) return [name, entry.read(given)];
    if (!(entry instanceof Setting)) return [name, readSettings(entry, given)];
    const text = given(entry);
    return [name, text === undefined ? entry.default : entry.valueOf(text)];
  });
  return Object.fromEntries(entries) as ValuesOf<Table>;
}

/** The values of a table for a log: what is secret in them is masked. */
export function maskedValues(table: SettingTable, values: object): object {
  const entries = Object.entries(values).map(([name, value]) => [name, masked(table[name], value)]);
  return Object.fromEntries(entries) as object;
}

function masked(entry: SettingTable[string] | undefined, value: unknown): unknown {
  if (entry === undefined) return value;
  if (entry instanceof Setting) return entry.format.mask === undefined ? value : entry.format.mask(value);
  if (typeof value !== "object" || value === null) return value;
  return maskedValues(entry instanceof Combination ? entry.table : entry, value);
}
