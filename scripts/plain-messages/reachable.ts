import type { DescEnum, DescFile, DescMessage } from "@bufbuild/protobuf";
import { UnsupportedError } from "./unsupported-error.ts";

/** What a file needs to be complete. */
export interface Reachable {
  /** Each message after the ones that it contains. */
  readonly messages: readonly DescMessage[];
  readonly enums: readonly DescEnum[];
}

/** The messages and enums of a file, and those of other files that they contain. */
export function reachableFrom(file: DescFile): Reachable {
  const messages = new Set<DescMessage>();
  const enums = new Set<DescEnum>(file.enums);
  const visit = (message: DescMessage, path: readonly DescMessage[]) => {
    if (path.includes(message)) throw new UnsupportedError(`${message.typeName} contains itself`);
    if (messages.has(message)) return;
    if (message.parent !== undefined)
      throw new UnsupportedError(`${message.typeName} is declared in a message`);
    for (const field of message.fields) {
      if (field.message !== undefined) visit(field.message, [...path, message]);
      if (field.enum !== undefined) enums.add(field.enum);
    }
    messages.add(message);
  };
  for (const message of file.messages) visit(message, []);
  return { messages: [...messages], enums: [...enums] };
}
