import {
  type DescEnum,
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** The files that reflection describes, and all that they import, by whatever a tool may ask for. */
export class DescribedFiles {
  readonly #byName = new Map<string, DescFile>();
  readonly #bySymbol = new Map<string, DescFile>();
  readonly #messages = new Set<string>();
  readonly #extensions: DescExtension[] = [];
  readonly #encoded = new Map<DescFile, Uint8Array>();

  constructor(files: readonly DescFile[]) {
    for (const file of files) this.#add(file);
  }

  file(name: string): DescFile | undefined {
    return this.#byName.get(name);
  }

  /** The file that declares a type, service, method, field, oneof, enum value or extension of this full name. */
  fileOf(symbol: string): DescFile | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** The extensions of a message; undefined if no file here declares that message. */
  extensionsOf(typeName: string): readonly DescExtension[] | undefined {
    if (!this.#messages.has(typeName)) return undefined;
    return this.#extensions.filter(({ extendee }) => extendee.typeName === typeName);
  }

  /** A file, then everything it imports: each encoded, each once. */
  encode(file: DescFile): Uint8Array[] {
    const all = new Set([file]);
    // A set yields what is added to it while it is iterated.
    for (const { dependencies } of all) for (const dependency of dependencies) all.add(dependency);
    return [...all].map((one) => this.#encode(one));
  }

  #encode(file: DescFile): Uint8Array {
    const known = this.#encoded.get(file);
    if (known !== undefined) return known;
    const bytes = toBinary(FileDescriptorProtoSchema, file.proto);
    this.#encoded.set(file, bytes);
    return bytes;
  }

  #add(file: DescFile): void {
    if (this.#byName.has(file.proto.name)) return;
    this.#byName.set(file.proto.name, file);
    for (const type of nestedTypes(file)) {
      for (const symbol of symbolsOf(type)) this.#bySymbol.set(symbol, file);
      if (type.kind === "message") this.#messages.add(type.typeName);
      if (type.kind === "extension") this.#extensions.push(type);
    }
    for (const dependency of file.dependencies) this.#add(dependency);
  }
}

function symbolsOf(type: DescMessage | DescEnum | DescExtension | DescService): string[] {
  const { typeName } = type;
  const members = (names: readonly { readonly name: string }[], scope = typeName) =>
    names.map(({ name }) => `${scope}.${name}`);
  switch (type.kind) {
    case "message":
      return [typeName, ...members(type.fields), ...members(type.oneofs)];
    case "service":
      return [typeName, ...members(type.methods)];
    case "enum":
      // As in C++, an enum's values are siblings of the enum.
      return [typeName, ...members(type.values, typeName.slice(0, -type.name.length - 1))];
    case "extension":
      return [typeName];
  }
}
