import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Check } from "./check.ts";
import { expectPagesToConnect, serveFolder } from "./pages.ts";

const fixture = fileURLToPath(new URL("../fixtures/page/main.ts", import.meta.url));
const readme = fileURLToPath(new URL("../../../README.md", import.meta.url));

/** The first program of the README, as a page of someone's own would have it. */
function programOfReadme(): string {
  const [, program = ""] = /```ts\n([\s\S]*?)```/.exec(readFileSync(readme, "utf8")) ?? [];
  return program;
}

function viteCheck(template: string, entry: string, typescript: readonly string[]): Check {
  return {
    name: `a new Vite app (${template}) builds, type-checks and connects`,
    async run({ workshop, browser, serviceUrl }) {
      const folder = await workshop.createVite(template, template);
      await workshop.installClient(folder);
      cpSync(fixture, join(folder, "src", "main-parley.ts"));
      writeFileSync(join(folder, "src", "readme.ts"), programOfReadme());
      writeFileSync(join(folder, entry), 'import "./main-parley.ts";\n');
      await workshop.run(folder, "npm", ["run", "build"]);
      for (const version of typescript) {
        await workshop.run(folder, "npx", [
          "-y",
          "-p",
          `typescript@${version}`,
          "tsc",
          "--noEmit",
          "-p",
          ".",
        ]);
      }
      await using site = await serveFolder(join(folder, "dist"));
      await expectPagesToConnect(browser, `${site.url}/?service=${serviceUrl}`);
    },
  };
}

export const webAppChecks: readonly Check[] = [
  viteCheck("vanilla-ts", "src/main.ts", ["5.9", "7"]),
  viteCheck("react-ts", "src/main.tsx", []),
  {
    name: "tsc --init, with its own settings, accepts the package",
    async run({ workshop }) {
      const folder = workshop.room("tsc-init");
      workshop.write(folder, "package.json", '{ "type": "module" }');
      await workshop.installClient(folder, "typescript@5.9");
      await workshop.run(folder, "npx", ["tsc", "--init"]);
      cpSync(fixture, join(folder, "main.ts"));
      writeFileSync(join(folder, "readme.ts"), programOfReadme());
      await workshop.run(folder, "npx", ["tsc", "--noEmit"]);
    },
  },
  {
    name: "esbuild makes one file for a plain page, and two such pages connect",
    async run({ workshop, browser, serviceUrl }) {
      const folder = workshop.room("plain-page");
      workshop.write(folder, "package.json", '{ "type": "module" }');
      await workshop.installClient(folder, "esbuild");
      cpSync(fixture, join(folder, "main.ts"));
      await workshop.run(folder, "npx", [
        "esbuild",
        "main.ts",
        "--bundle",
        "--format=esm",
        "--outfile=site/app.js",
      ]);
      workshop.write(
        folder,
        "site/index.html",
        '<!doctype html><body><script type="module" src="/app.js"></script>',
      );
      await using site = await serveFolder(join(folder, "site"));
      await expectPagesToConnect(browser, `${site.url}/?service=${serviceUrl}`);
    },
  },
];
