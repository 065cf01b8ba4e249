import { readFileSync } from "node:fs";
import { askAt } from "./ask.ts";

const page = new URL("../../docs/operations/redis.md", import.meta.url);

/** The user that docs/operations/redis.md gives to the nodes. */
const documentedUser = "parley";
const password = "of-a-test";

/** The rules of that user, as `ACL SETUSER` takes them. `pattern` stands for the keys and channels of `parley:*`. */
function documentedRights(pattern: string): string[] {
  const [, block] = /^```\n(ACL SETUSER parley [\s\S]*?)```$/m.exec(readFileSync(page, "utf8")) ?? [];
  if (block === undefined) throw new Error("docs/operations/redis.md has no ACL SETUSER parley");
  const rules = block.replaceAll("\\\n", " ").trim().split(/\s+/).slice(3);
  return rules.map((rule) => rule.replace(/^>.*/, `>${password}`).replace("parley:*", pattern));
}

/** Gives a server the documented user, and returns the address for it. */
export async function urlWithDocumentedRights(url: string, pattern = "parley:*"): Promise<string> {
  using admin = await askAt(url);
  await admin.ask("ACL", "SETUSER", documentedUser, ...documentedRights(pattern));
  return url.replace("://", `://${documentedUser}:${password}@`);
}

/** What the server has refused to anyone, for want of rights. */
export async function refusals(url: string): Promise<readonly string[]> {
  using admin = await askAt(url);
  const log = (await admin.ask("ACL", "LOG")) as unknown[][];
  return log.map((entry) => entry.map(String).join(" "));
}
