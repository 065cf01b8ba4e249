import type { DescEnum, DescField, DescMessage } from "@bufbuild/protobuf";
import { getComments } from "@bufbuild/protoplugin";

/** A schema of OpenAPI 3.1, which is one of JSON Schema 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

const largestUint32 = 2 ** 32 - 1;

/** The scalars that the contract uses, as ProtoJSON has them, by their numbers in descriptor.proto. */
const scalars: Readonly<Record<number, Schema>> = {
  8: { type: "boolean" },
  9: { type: "string" },
  12: { type: "string", contentEncoding: "base64" },
  13: { type: "integer", minimum: 0, maximum: largestUint32 },
};

const wellKnown: Readonly<Record<string, Schema>> = {
  "google.protobuf.Duration": { type: "string", pattern: "^-?[0-9]+(\\.[0-9]+)?s$", examples: ["1.5s"] },
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
};

/** Makes schemas of messages, and collects those that they refer to. */
export class Schemas {
  readonly #byName = new Map<string, Schema>();

  /** The schemas by their names, in the order of the alphabet. */
  get all(): Readonly<Record<string, Schema>> {
    return Object.fromEntries([...this.#byName].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Refers to the schema of a message or of an enum. */
  refer(type: DescMessage | DescEnum): Schema {
    const known = wellKnown[type.typeName];
    if (known !== undefined) return known;
    if (!this.#byName.has(type.name)) {
      // Before its fields, which may refer to it.
      this.#byName.set(type.name, {});
      this.#byName.set(type.name, type.kind === "enum" ? enumSchema(type) : this.objectOf(type));
    }
    return { $ref: `#/components/schemas/${type.name}` };
  }

  /** The schema of a message itself, without some of its fields. */
  objectOf(message: DescMessage, without: readonly string[] = []): Schema {
    const fields = message.fields.filter(({ name }) => !without.includes(name));
    const properties = Object.fromEntries(fields.map((field) => [field.jsonName, this.#fieldSchema(field)]));
    return { type: "object", description: commentOf(message), properties };
  }

  #fieldSchema(field: DescField): Schema {
    const description = commentOf(field);
    const oneof = field.oneof === undefined ? "" : `One of \`${field.oneof.name}\`. `;
    const readOnly = description === "" ? {} : { description: `${oneof}${description}` };
    return { ...this.#typeOf(field), ...readOnly };
  }

  #typeOf(field: DescField): Schema {
    switch (field.fieldKind) {
      case "message":
        return this.refer(field.message);
      case "enum":
        return this.refer(field.enum);
      case "scalar":
        return scalarSchema(field.scalar, field);
      case "map":
        return { type: "object", additionalProperties: { type: "string" } };
      case "list":
        return {
          type: "array",
          items: field.listKind === "message" ? this.refer(field.message) : { type: "string" },
        };
    }
  }
}

function scalarSchema(scalar: number, field: DescField): Schema {
  const schema = scalars[scalar];
  if (schema === undefined) throw new Error(`no schema for the type of ${field.toString()}`);
  return schema;
}

function enumSchema(type: DescEnum): Schema {
  const meanings = type.values.map((value) => `- \`${value.name}\`: ${commentOf(value)}`);
  return {
    type: "string",
    description: `${commentOf(type)}\n\n${meanings.join("\n")}`,
    enum: type.values.map(({ name }) => name),
  };
}

/** The comment above a declaration, a line for each paragraph. */
function commentOf(declaration: Parameters<typeof getComments>[0]): string {
  const text = (getComments(declaration).leading ?? "").replaceAll(/^ /gm, "").trim();
  return text
    .split(/\n\n/)
    .map((paragraph) => paragraph.replaceAll("\n", " "))
    .join("\n\n");
}
