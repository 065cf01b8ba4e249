import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { waitingNotes, withRelease } from "../../scripts/packages/changelog.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A copy of what a release changes, with these changesets in it. */
function copyWith(changesets: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-release-"));
  for (const file of [
    "package.json",
    "package-lock.json",
    ".changeset/config.json",
    ".changeset/README.md",
    "CHANGELOG.md",
  ]) {
    cpSync(join(root, file), join(folder, file));
  }
  for (const workspace of ["proto", "server", "client-web", "test"]) {
    mkdirSync(join(folder, workspace));
    cpSync(join(root, workspace, "package.json"), join(folder, workspace, "package.json"));
  }
  for (const [file, text] of Object.entries(changesets))
    writeFileSync(join(folder, ".changeset", file), text);
  execFileSync("git", ["init", "--quiet"], { cwd: folder });
  return folder;
}

function versionOf(folder: string, workspace: string): string {
  return JSON.parse(readFileSync(join(folder, workspace, "package.json"), "utf8")).version;
}

test("a changeset raises the version of all packages, and its note is in every changelog", () => {
  const folder = copyWith({
    "quick-owls-sing.md": '---\n"@parley/server": minor\n---\n\nOwls sing.\n\nQuickly.\n',
    "calm-cats-nap.md": '---\n"@parley/client-web": patch\n---\n\nCats nap.\n',
  });
  try {
    const before = versionOf(folder, "server");
    const notes = waitingNotes(folder);
    execFileSync(join(root, "node_modules/.bin/changeset"), ["version"], { cwd: folder, stdio: "pipe" });
    const version = versionOf(folder, "server");
    expect(version).not.toBe(before);
    expect(["proto", "client-web"].map((workspace) => versionOf(folder, workspace))).toEqual([
      version,
      version,
    ]);
    expect(readFileSync(join(folder, "server/CHANGELOG.md"), "utf8")).toContain("Owls sing.");
    expect(notes).toEqual(["Cats nap.", "Owls sing.\n\nQuickly."]);
    expect(waitingNotes(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a release is on top of the changelog of the repository", () => {
  const changelog = "# Changelog\n\nWhat a user notices.\n\n## 0.1.0 — 2026-01-01\n\n- All.\n";
  const release = { version: "0.2.0", date: "2026-02-02", notes: ["Cats nap.", "Owls sing.\n\nQuickly."] };
  expect(withRelease(changelog, release)).toBe(
    "# Changelog\n\nWhat a user notices.\n\n" +
      "## 0.2.0 — 2026-02-02\n\n- Cats nap.\n- Owls sing.\n  \n  Quickly.\n\n" +
      "## 0.1.0 — 2026-01-01\n\n- All.\n",
  );
});
