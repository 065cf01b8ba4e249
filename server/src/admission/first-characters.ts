/** The beginning of a text, of at most so many characters. Half a surrogate pair is none: protocols that speak UTF-8 fail at it. */
export function firstCharacters(text: string, count: number): string {
  // A character takes one unit or two.
  return [...text.slice(0, 2 * count)].slice(0, count).join("").toWellFormed();
}
