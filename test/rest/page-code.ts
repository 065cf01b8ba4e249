import { readFileSync } from "node:fs";

/** The address that the pages use. */
const pageAddress = "http://127.0.0.1:8080";

/** The first block of code behind this fence in the section on REST of docs/transports.md, for a service at `url`. */
export function codeOf(fence: string, url: string): string {
  const page = readFileSync(new URL("../../docs/transports.md", import.meta.url), "utf8");
  const [, section = ""] = page.split("\n## REST and events\n");
  const [, code] = new RegExp(`^\`\`\`${fence}\\n(.*?)^\`\`\``, "ms").exec(section) ?? [];
  if (code === undefined) throw new Error(`the section has no code in ${fence}`);
  return code.replaceAll(pageAddress, url);
}
