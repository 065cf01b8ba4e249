/** How a value that is no message is encoded. An enum is an `int32`. */
export type ScalarKind = "string" | "bytes" | "bool" | "uint32" | "int32" | "int64";

/**
 * What is special about a field. A oneof is named by the property that holds it, as in `{ oneof: "body" }`; the keys
 * of a map are strings.
 */
export type FieldRule = "optional" | "repeated" | "map" | { readonly oneof: string };

/** One field: its number, its property, the kind of its values, and what is special about it. */
export type FieldType = readonly [
  number: number,
  name: string,
  kind: ScalarKind | MessageType<object>,
  rule?: FieldRule,
];

/** The fields of a message, which `encode` and `decode` go by. */
export interface MessageType<Message extends object> {
  readonly fields: readonly FieldType[];
  /** Only its type is of use: that of the message. */
  readonly example?: Message;
}

/** Only generated code has a reason to call this. */
export function messageType<Message extends object>(fields: readonly FieldType[]): MessageType<Message> {
  return { fields };
}
