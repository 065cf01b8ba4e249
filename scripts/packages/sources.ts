import type { PackageSource } from "./manifest.ts";

/** What is published, in the order in which the packages depend on one another. */
export const packageSources: readonly PackageSource[] = [
  { folder: "proto", sources: "." },
  { folder: "client-web", sources: "src" },
  { folder: "server", sources: "src" },
];
