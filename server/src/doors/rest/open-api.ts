import { readFileSync } from "node:fs";

/** The description of this door, OpenAPI 3.1: `npm run docs` makes it from the contract. */
export function readOpenApi(): string {
  return readFileSync(new URL("open-api.json", import.meta.url), "utf8");
}
