import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

/** One form of a file, ready to be sent. */
export interface PageBody {
  readonly bytes: Buffer;
  /** The value of `content-encoding`; undefined if the bytes are the file itself. */
  readonly encoding: "br" | "gzip" | undefined;
  /** A strong validator (RFC 9110, section 8.8.3): another one for each form. */
  readonly etag: string;
}

export interface PageFile {
  readonly contentType: string;
  /** Smallest first; the file itself is the last. */
  readonly bodies: readonly PageBody[];
}

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * Reads every file of a folder into memory, with the compressed forms that its build has put beside it. Answering
 * then needs no descriptor, which an attacker could use up. Empty if the folder does not exist.
 */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  if (!existsSync(folder)) return files;
  for (const name of readdirSync(folder)) {
    const contentType = contentTypes[extname(name)];
    if (contentType === undefined) continue;
    const bodies = [
      bodyOf(join(folder, `${name}.br`), "br"),
      bodyOf(join(folder, `${name}.gz`), "gzip"),
      bodyOf(join(folder, name), undefined),
    ];
    files.set(name, { contentType, bodies: bodies.filter((body) => body !== undefined) });
  }
  return files;
}

function bodyOf(path: string, encoding: PageBody["encoding"]): PageBody | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
  return { bytes, encoding, etag: `"${hash}"` };
}
