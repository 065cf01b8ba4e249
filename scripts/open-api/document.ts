import { readFileSync } from "node:fs";
import type { DescFile, DescMessage } from "@bufbuild/protobuf";
import { type Reason, reasonName, reasons } from "@parley/contract";
import { operations } from "./operations.ts";
import { type Schema, Schemas } from "./schemas.ts";

/** Errors as `application/problem+json` has them. */
const problem: Schema = {
  type: "object",
  description: "An error (RFC 9457), with the reason of the contract: see docs/errors.md.",
  required: ["type", "title", "status", "detail", "reason", "retry"],
  properties: {
    type: { type: "string", const: "about:blank" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "What is wrong, for people." },
    reason: {
      type: "string",
      enum: Object.keys(reasons).map((reason) => reasonName(Number(reason) as Reason)),
      description: "Why, for programs.",
    },
    retry: {
      type: "string",
      enum: ["never", "later", "resume", "rejoin"],
      description: "What the client does next.",
    },
    retryAfterMs: { type: "integer", description: "How long to wait first, in milliseconds." },
    violations: {
      type: "array",
      items: {
        type: "object",
        properties: { field: { type: "string" }, description: { type: "string" } },
      },
    },
    metadata: { type: "object", additionalProperties: { type: "string" } },
  },
};

/** The description of the REST door, as JSON. */
export function openApiOf(file: DescFile): string {
  const messageOf = (name: string): DescMessage => {
    const message = file.messages.find((one) => one.name === name);
    if (message === undefined) throw new Error(`the contract has no ${name}`);
    return message;
  };
  const schemas = new Schemas();
  const signalResponse = schemas.refer(messageOf("SignalResponse"));
  schemas.refer(messageOf("SendSignalsResponse"));
  // What the path and the headers have, no body has.
  const join = schemas.objectOf(messageOf("Join"), ["room"]);
  const signal = schemas.objectOf(messageOf("SignalRequest"), ["join", "resume"]);
  const { version } = JSON.parse(readFileSync("server/package.json", "utf8")) as { version: string };
  const document = {
    openapi: "3.1.0",
    info: {
      title: "Parley",
      version,
      description:
        "A WebRTC signaling service. Each request is one of the RPCs `Receive` and `SendSignals` of `parley.v1`: a session that begins here goes on over any other transport.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths: operations,
    components: {
      schemas: {
        ...schemas.all,
        Join: join,
        SignalRequest: signal,
        Responses: {
          type: "object",
          required: ["responses"],
          properties: { responses: { type: "array", items: signalResponse } },
        },
        Problem: problem,
      },
      securitySchemes: {
        accessToken: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        session: { type: "apiKey", in: "header", name: "Parley-Session" },
      },
    },
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}
