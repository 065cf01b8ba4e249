import type { DescEnum, DescField, DescMessage, DescOneof } from "@bufbuild/protobuf";
import { createEcmaScriptPlugin, type GeneratedFile } from "@bufbuild/protoplugin";
import { fieldKind, isOptional, tableRow } from "./field-kind.ts";
import { reachableFrom } from "./reachable.ts";

interface Options {
  /** The file that is generated for, such as `parley/v1/signaling.proto`; others are ignored. */
  readonly file: string;
}

/**
 * Generates the messages of one file, and of those that it imports, as plain objects: an interface for each message,
 * of the shape that protobuf-es gives it, and the table of its fields that `encode` and `decode` go by.
 */
export const plainMessages = createEcmaScriptPlugin<Options>({
  name: "plain-messages",
  version: "v1",
  parseOptions: (options) => ({ file: options.find(({ key }) => key === "file")?.value ?? "" }),
  generateTs(schema) {
    const source = schema.files.find(({ proto }) => proto.name === schema.options.file);
    if (source === undefined) return;
    const { messages, enums } = reachableFrom(source);
    // A file of their own, so that code which only names a reason does not load the tables of the codec.
    const enumsName = `${source.name}_enums`;
    const enumFile = schema.generateFile(`${enumsName}.ts`);
    enumFile.preamble(source);
    enumFile.print();
    enumFile.print(
      "/** A value of an enum that this version does not know. The type is that of protobuf-es. */",
    );
    enumFile.print("export type UnknownEnum = number & { __unknown_enum: true };");
    for (const type of enums) printEnum(enumFile, type);
    const file = schema.generateFile(`${source.name}_plain.ts`);
    file.preamble(source);
    file.print();
    file.print('import { type MessageType, messageType } from "../../plain/message-type.ts";');
    const enumNames = enums.map(({ name }) => name).join(", ");
    file.print(
      `import type { ${enumNames} } from "./${enumsName.slice(enumsName.lastIndexOf("/") + 1)}.ts";`,
    );
    for (const message of messages) printMessage(file, message);
  },
});

function printEnum(file: GeneratedFile, type: DescEnum): void {
  file.print();
  file.print(file.jsDoc(type));
  file.print(`export const ${type.name} = {`);
  for (const value of type.values) {
    file.print(file.jsDoc(value, "  "));
    file.print(`  ${value.localName}: ${value.number},`);
  }
  file.print("} as const;");
  file.print(`export type ${type.name} = (typeof ${type.name})[keyof typeof ${type.name}] | UnknownEnum;`);
}

function printMessage(file: GeneratedFile, message: DescMessage): void {
  file.print();
  file.print(file.jsDoc(message));
  file.print(`export interface ${message.name} {`);
  for (const member of message.members) {
    if (member.kind === "oneof") printOneof(file, member);
    else printField(file, member);
  }
  file.print("}");
  file.print();
  file.print(`export const ${message.name}: MessageType<${message.name}> = /*@__PURE__*/ messageType([`);
  for (const field of message.fields) file.print(`  ${tableRow(field)},`);
  file.print("]);");
}

function printField(file: GeneratedFile, field: DescField): void {
  file.print(file.jsDoc(field, "  "));
  const { type } = fieldKind(field);
  if (field.fieldKind === "list") file.print(`  ${field.localName}: ${type}[];`);
  else if (field.fieldKind === "map") file.print(`  ${field.localName}: { [key: string]: ${type} };`);
  else if (isOptional(field)) file.print(`  ${field.localName}?: ${type} | undefined;`);
  else file.print(`  ${field.localName}: ${type};`);
}

function printOneof(file: GeneratedFile, oneof: DescOneof): void {
  file.print(file.jsDoc(oneof, "  "));
  file.print(`  ${oneof.localName}:`);
  for (const field of oneof.fields) {
    file.print(file.jsDoc(field, "    "));
    file.print(`    | { case: "${field.localName}"; value: ${fieldKind(field).type} }`);
  }
  file.print("    | { case: undefined; value?: undefined };");
}
