import { existsSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import sirv from "sirv";

/** Answers a plain HTTP request, or calls `next` when it has nothing for it. */
export type ServePage = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const pageFolder = fileURLToPath(new URL("../../../client-web/dist/demo", import.meta.url));

// The page loads nothing from elsewhere, and may be framed by nobody.
const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "permissions-policy": "camera=(self), microphone=(self)",
};

/** Serves the demo page from its build, or undefined where it is not built. */
export function createPage(): ServePage | undefined {
  if (!existsSync(pageFolder)) return undefined;
  const serve = sirv(pageFolder, {
    etag: true,
    setHeaders(response) {
      for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    },
  });
  return (request, response, next) => {
    // A page is only read; sirv would answer any method with it.
    if (request.method === "GET" || request.method === "HEAD") serve(request, response, next);
    else next();
  };
}
