import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Check } from "./check.ts";
import { openTwice, serveFolder } from "./pages.ts";

const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));

/** The examples of the web client, as their READMEs say to use them. */
export const exampleChecks: readonly Check[] = [
  {
    name: "the React example builds in a new Vite app, and two pages show each other's camera",
    async run({ workshop, browser, serviceUrl }) {
      const folder = await workshop.createVite("react-example", "react-ts");
      await workshop.installClient(folder);
      cpSync(join(examples, "react", "use-room.ts"), join(folder, "src", "use-room.ts"));
      cpSync(join(examples, "react", "app.tsx"), join(folder, "src", "App.tsx"));
      await workshop.run(folder, "npm", ["run", "build"]);
      await using site = await serveFolder(join(folder, "dist"));
      await openTwice(browser, `${site.url}/?service=${serviceUrl}`, async (...pages) => {
        for (const page of pages) {
          await page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 0);
        }
      });
    },
  },
  {
    name: "the example of a plain page works with the one file of the package, and two pages chat",
    async run({ workshop, browser, serviceUrl }) {
      const folder = workshop.room("web-page-example");
      workshop.write(folder, "package.json", "{}");
      await workshop.installClient(folder);
      const site = join(folder, "site");
      mkdirSync(site);
      cpSync(join(examples, "web-page", "index.html"), join(site, "index.html"));
      cpSync(
        join(folder, "node_modules", "@parley", "client-web", "lib", "bundle.js"),
        join(site, "parley.js"),
      );
      await using served = await serveFolder(site);
      await openTwice(browser, `${served.url}/?service=${serviceUrl}`, async (one, other) => {
        for (const page of [one, other]) await page.getByText("is here.").waitFor();
        await one.getByPlaceholder("Say something").fill("hello from one");
        await one.getByPlaceholder("Say something").press("Enter");
        await other.getByText(": hello from one").waitFor();
      });
    },
  },
];
