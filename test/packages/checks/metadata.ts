import { fileURLToPath } from "node:url";
import type { Check } from "./check.ts";

const bin = (name: string) => fileURLToPath(new URL(`../../../node_modules/.bin/${name}`, import.meta.url));

/** What linters of packages find in the tarballs. */
export const metadataChecks: readonly Check[] = (["contract", "client-web", "server"] as const).flatMap(
  (name) => [
    {
      name: `publint finds nothing in ${name}`,
      async run({ workshop }) {
        await workshop.run(workshop.folder, bin("publint"), [workshop.tarballs[name], "--strict"]);
      },
    },
    {
      name: `the types of ${name} are right`,
      async run({ workshop }) {
        await workshop.run(workshop.folder, bin("attw"), [workshop.tarballs[name], "--profile", "esm-only"]);
      },
    },
  ],
);
