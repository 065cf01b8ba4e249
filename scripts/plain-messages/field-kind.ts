import { type DescField, ScalarType } from "@bufbuild/protobuf";
import { UnsupportedError } from "./unsupported-error.ts";

const scalars: Partial<Record<ScalarType, { kind: string; type: string }>> = {
  [ScalarType.STRING]: { kind: "string", type: "string" },
  [ScalarType.BYTES]: { kind: "bytes", type: "Uint8Array" },
  [ScalarType.BOOL]: { kind: "bool", type: "boolean" },
  [ScalarType.UINT32]: { kind: "uint32", type: "number" },
  [ScalarType.INT32]: { kind: "int32", type: "number" },
  [ScalarType.INT64]: { kind: "int64", type: "bigint" },
};

/** The values of a field, without regard to how many it has. */
export interface FieldKind {
  /** The kind in the table: that of proto/plain/message-type.ts, or the name of a message. */
  readonly kind: string;
  /** The TypeScript type. */
  readonly type: string;
}

export function fieldKind(field: DescField): FieldKind {
  if (field.fieldKind === "map" && field.mapKey !== ScalarType.STRING) {
    throw unsupported(field, "a map whose keys are not strings");
  }
  if (field.message !== undefined) return { kind: field.message.name, type: field.message.name };
  if (field.enum !== undefined) {
    if (!field.enum.open) throw unsupported(field, "a closed enum");
    return { kind: quoted("int32"), type: field.enum.name };
  }
  const known = field.scalar === undefined ? undefined : scalars[field.scalar];
  if (known === undefined) throw unsupported(field, `the type ${ScalarType[field.scalar ?? 0]}`);
  return { kind: quoted(known.kind), type: known.type };
}

/** The row of a field in the table of its message. */
export function tableRow(field: DescField): string {
  const rule =
    field.oneof !== undefined
      ? `{ oneof: ${quoted(field.oneof.localName)} }`
      : field.fieldKind === "list"
        ? quoted("repeated")
        : field.fieldKind === "map"
          ? quoted("map")
          : isOptional(field) && field.message === undefined
            ? quoted("optional")
            : undefined;
  const parts = [String(field.number), quoted(field.localName), fieldKind(field).kind];
  return `[${[...parts, ...(rule === undefined ? [] : [rule])].join(", ")}]`;
}

/** Whether a field may be absent, rather than have a default. */
export function isOptional(field: DescField): boolean {
  return field.presence !== implicitPresence || field.message !== undefined;
}

/** `google.protobuf.FeatureSet.FieldPresence.IMPLICIT`. */
const implicitPresence = 2;

function quoted(text: string): string {
  return JSON.stringify(text);
}

function unsupported(field: DescField, what: string): UnsupportedError {
  return new UnsupportedError(`${field.parent.typeName}.${field.name}: ${what} is not supported`);
}
