import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The pages that people read from start to end; docs/api/ is generated. */
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md") && !path.startsWith("api/"))
    .map((path) => `docs/${path}`),
];

/** Pages that name files of the server relative to `server/src`. */
const pagesAboutCode = pages.filter(
  (page) => page === "docs/architecture.md" || page.startsWith("docs/decisions/"),
);

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(page: string): Set<string> {
  const withoutCode = read(page).replaceAll(/^```[\s\S]*?^```/gm, "");
  const headings = [...withoutCode.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
  return new Set(headings);
}

function linksOf(page: string): string[] {
  return [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

test.each(pages)("every link of %s leads somewhere", (page) => {
  const dead = linksOf(page).filter((target) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : relative(root, join(root, dirname(page), path));
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && file.endsWith(".md") && !anchorsOf(file).has(anchor);
  });
  expect(dead).toEqual([]);
});

test.each(pagesAboutCode)("every file that %s names exists", (page) => {
  const named = [...read(page).matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|lua|proto|json))`/g)].map(
    ([, path = ""]) => path,
  );
  const missing = named.filter(
    (path) => !existsSync(join(root, path)) && !existsSync(join(root, "server/src", path)),
  );
  expect(missing).toEqual([]);
});
