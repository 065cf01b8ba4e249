/** The names of an enum's values in lower case, but for the first, which means that none was given. */
type LowerCaseName<Enum> = Lowercase<Exclude<keyof Enum & string, "UNSPECIFIED">>;

/** The name of a value as the API has it; undefined if none was given, or one that this version does not know. */
export function lowerCaseName<Enum extends Readonly<Record<string, number>>>(
  values: Enum,
  value: number,
): LowerCaseName<Enum> | undefined {
  const name = Object.keys(values).find((each) => values[each] === value && value > 0);
  return name?.toLowerCase() as LowerCaseName<Enum> | undefined;
}
