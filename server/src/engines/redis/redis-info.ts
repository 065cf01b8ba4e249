/** What `INFO` answers, by name. */
export function parseInfo(text: string): Map<string, string> {
  const lines = text.split("\r\n").map((line) => line.split(":", 2));
  return new Map(lines.flatMap(([name, value]) => (name && value !== undefined ? [[name, value]] : [])));
}
