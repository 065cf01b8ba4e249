import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { TestAuthority } from "../../../test/redis/test-authority.ts";
import { readAuthorities, readPair } from "./pem-files.ts";
import { ConfigError } from "./setting.ts";

const authority = new TestAuthority();
const folder = mkdtempSync(join(tmpdir(), "parley-pem-"));
afterAll(() => {
  authority[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

function fileOf(text: string): string {
  const file = join(folder, "some.pem");
  writeFileSync(file, text);
  return file;
}

/** A certificate that has lost a line. */
function broken(pem: string): string {
  return pem.split("\n").toSpliced(2, 1).join("\n");
}

test.each([
  ["nothing", ""],
  ["other text", "none"],
  ["a beginning", "-----BEGIN CERTIFICATE-----\n"],
  ["a broken certificate", broken(authority.ca)],
])("an authority is refused that is %s", (_, pem) => {
  const file = fileOf(pem);
  expect(() => readAuthorities("--ca", file)).toThrow(ConfigError);
  expect(() => readAuthorities("--ca", file)).toThrow(/^--ca: is not a PEM certificate/);
});

test("authorities may be bundled, with comments, and a broken one is named", () => {
  const bundle = `# ours\n${authority.ca}\n# theirs\n${authority.ca}`;
  expect(readAuthorities("--ca", fileOf(bundle))).toBe(bundle);
  const bad = [`# ours\n${authority.ca}`, `# theirs\n${broken(authority.ca)}`, authority.ca].join("\n");
  expect(() => readAuthorities("--ca", fileOf(bad))).toThrow(
    /^--ca: certificate 2 of 3 is not a PEM certificate/,
  );
});

test("a certificate and its key are read, and a file that is neither is named", () => {
  const { certFile, keyFile } = authority.issue("DNS:one.example");
  const [cert, key] = [certFile, keyFile].map((file) => readFileSync(file, "utf8"));
  expect(readPair("--cert", "--key", { certFile, keyFile })).toEqual({ cert, key });
  const other = fileOf("none");
  expect(() => readPair("--cert", "--key", { certFile: other, keyFile })).toThrow(
    /^--cert: is not a PEM certificate/,
  );
  expect(() => readPair("--cert", "--key", { certFile, keyFile: other })).toThrow(
    /^--key: is no private key/,
  );
});
