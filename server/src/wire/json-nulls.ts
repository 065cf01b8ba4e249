import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { NullValueSchema, ValueSchema } from "@bufbuild/protobuf/wkt";

/**
 * Removes members of a oneof that are null, in place. ProtoJSON has null as unset for every field, and .NET, Gson and
 * serde write it for each member that is not set; protobuf-es takes a null message there for a second member.
 */
export function dropNulls(desc: DescMessage, json: JsonValue): void {
  if (!isObject(json)) return;
  for (const [key, value] of Object.entries(json)) {
    const field = fieldOf(desc, key);
    if (field === undefined) continue;
    if (value === null) {
      if (field.oneof !== undefined && !meansNull(field)) delete json[key];
    } else if (field.fieldKind === "message") dropNulls(field.message, value);
    else if (field.fieldKind === "list" && field.listKind === "message") {
      if (Array.isArray(value)) for (const item of value) dropNulls(field.message, item);
    } else if (field.fieldKind === "map" && field.mapKind === "message") {
      if (isObject(value)) for (const item of Object.values(value)) dropNulls(field.message, item);
    }
  }
}

/** Whether null is a value of this field, and not the lack of one. */
function meansNull(field: DescField): boolean {
  return (
    field.message?.typeName === ValueSchema.typeName || field.enum?.typeName === NullValueSchema.typeName
  );
}

function fieldOf({ fields }: DescMessage, key: string): DescField | undefined {
  return fields.find(({ name, jsonName }) => key === jsonName || key === name);
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
