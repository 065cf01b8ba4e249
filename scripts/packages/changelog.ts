import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The notes of the changesets that wait for a release, in the order of their files' names. */
export function waitingNotes(root: string): string[] {
  return globSync("*.md", { cwd: join(root, ".changeset") })
    .filter((file) => file !== "README.md")
    .sort()
    .map((file) => noteOf(readFileSync(join(root, ".changeset", file), "utf8")))
    .filter((note) => note !== "");
}

/** A changeset without the list of its packages. */
function noteOf(changeset: string): string {
  return changeset.replace(/^---\n.*?\n---\n/s, "").trim();
}

/** The changelog of the repository with a release on top. All packages have one version, so it is one list. */
export function withRelease(
  changelog: string,
  release: { readonly version: string; readonly date: string; readonly notes: readonly string[] },
): string {
  const { version, date, notes } = release;
  const items = notes.map((note) => `- ${note.replaceAll("\n", "\n  ")}`);
  const section = [`## ${version} — ${date}`, "", ...items, "", ""].join("\n");
  const place = changelog.search(/^## /m);
  return place < 0
    ? `${changelog}\n${section}`
    : changelog.slice(0, place) + section + changelog.slice(place);
}
