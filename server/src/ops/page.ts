import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { type PageBody, type PageFile, readPageFiles } from "./page-files.ts";

/** Answers a plain HTTP request, or returns false if it has nothing for it. */
export type ServePage = (request: IncomingMessage, response: ServerResponse) => boolean;

const pageFolder = fileURLToPath(new URL("../../dist/page", import.meta.url));

// The page loads nothing from elsewhere, has no script or style inline, and is framed, opened or embedded by nobody.
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // Of the drawn picture, for the address of its worker.
  "trusted-types parley-tick",
  "require-trusted-types-for 'script'",
].join("; ");

const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "permissions-policy": "camera=(self), microphone=(self)",
};

/**
 * Serves the demo page from memory: whole files only, no ranges. Undefined if the page is not built.
 *
 * @param folder of the built page
 */
export function createPage(folder = pageFolder): ServePage | undefined {
  const files = readPageFiles(folder);
  if (files.size === 0) return undefined;
  return (request, response) => {
    const file = fileOf(files, request);
    if (file === undefined) return false;
    const { method, headers } = request;
    const body = acceptedBody(file, headers["accept-encoding"]);
    response.setHeader("etag", body.etag);
    response.setHeader("vary", "accept-encoding");
    // A new version is seen at once, and an old one costs no more than a question.
    response.setHeader("cache-control", "no-cache");
    if (matches(headers["if-none-match"], body.etag)) {
      response.writeHead(304);
      response.end();
      return true;
    }
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (body.encoding !== undefined) response.setHeader("content-encoding", body.encoding);
    response.writeHead(200, {
      "content-type": file.contentType,
      "content-length": String(body.bytes.byteLength),
    });
    if (method === "HEAD") response.end();
    else response.end(body.bytes);
    return true;
  };
}

/** A page is only read, and only under the exact names of its files. */
function fileOf(
  files: ReadonlyMap<string, PageFile>,
  { method, url = "" }: IncomingMessage,
): PageFile | undefined {
  if (method !== "GET" && method !== "HEAD") return undefined;
  const [path = ""] = url.split("?", 1);
  return files.get(path === "/" ? "index.html" : path.slice(1));
}

function acceptedBody({ bodies }: PageFile, accepted: string | string[] | undefined): PageBody {
  const encodings = acceptedEncodings(String(accepted ?? ""));
  const [smallest] = bodies.filter(({ encoding }) => encoding === undefined || encodings.has(encoding));
  if (smallest === undefined) throw new Error("every file of the page has a form without encoding");
  return smallest;
}

/** The encodings of an `accept-encoding` (RFC 9110, section 12.5.3), but for those with a weight of 0. */
function acceptedEncodings(text: string): ReadonlySet<string> {
  const encodings = new Set<string>();
  for (const item of text.toLowerCase().split(",")) {
    const [name = "", ...parameters] = item.split(";").map((part) => part.trim());
    if (!parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) encodings.add(name);
  }
  return encodings;
}

/** Compares as `if-none-match` does: weakly (RFC 9110, section 13.1.2). */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((item) => ["*", etag].includes(item.trim().replace(/^W\//, "")));
}
