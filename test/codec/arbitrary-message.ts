import { create, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import fc from "fast-check";

type Properties = Record<string, unknown>;

const text = fc.string({ unit: "binary", maxLength: 40 });
const edgeTexts = [
  "",
  "a",
  "\u0000",
  "\uFEFF",
  "é",
  "€",
  "😀",
  "x".repeat(127),
  "x".repeat(128),
  "__proto__",
];

const scalars: Partial<Record<ScalarType, { edges: readonly unknown[]; any: fc.Arbitrary<unknown> }>> = {
  [ScalarType.STRING]: { edges: edgeTexts, any: text },
  [ScalarType.BYTES]: {
    edges: [new Uint8Array(), new Uint8Array([0, 255]), new Uint8Array(300)],
    any: fc.uint8Array({ maxLength: 40 }),
  },
  [ScalarType.BOOL]: { edges: [false, true], any: fc.boolean() },
  [ScalarType.UINT32]: { edges: [0, 1, 127, 128, 2 ** 28, 2 ** 31, 2 ** 32 - 1], any: fc.nat() },
  [ScalarType.INT32]: { edges: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)], any: fc.integer() },
  [ScalarType.INT64]: {
    edges: [0n, 1n, -1n, 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n)],
    any: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  },
};

function scalarOf(type: ScalarType) {
  const known = scalars[type];
  if (known === undefined) throw new Error(`no values of the type ${ScalarType[type]} are known here`);
  return known;
}

/** Values that are at the limits of one field, without regard to how many it has. */
function edgesOf(field: DescField): readonly unknown[] {
  if (field.message !== undefined) return [create(field.message)];
  if (field.enum !== undefined) return [...field.enum.values.map(({ number }) => number), 9999, -1];
  return scalarOf(field.scalar ?? ScalarType.STRING).edges;
}

/** What messages are made from in which one field is at a limit, and nothing else is set. */
export function edgeMessages(type: DescMessage): Properties[] {
  return type.fields.flatMap((field): Properties[] => {
    const values = edgesOf(field);
    if (field.fieldKind === "list") return [{ [field.localName]: values }];
    if (field.fieldKind === "map") {
      const map = Object.fromEntries(edgeTexts.map((key, index) => [key, values[index % values.length]]));
      return [{ [field.localName]: map }];
    }
    return values.map((value) => withValue(field, value));
  });
}

function withValue(field: DescField, value: unknown): Properties {
  return field.oneof === undefined
    ? { [field.localName]: value }
    : { [field.oneof.localName]: { case: field.localName, value } };
}

/** Any message of a type. */
export function arbitraryMessage(type: DescMessage): fc.Arbitrary<Message> {
  return arbitraryInit(type).map((init) => create(type, init));
}

function arbitraryInit(type: DescMessage): fc.Arbitrary<Properties> {
  const members = type.members.map((member) =>
    member.kind === "oneof"
      ? fc.oneof(
          fc.constant<Properties>({}),
          ...member.fields.map((field) => arbitraryValue(field).map((value) => withValue(field, value))),
        )
      : fc.option(
          arbitraryField(member).map((value): Properties => ({ [member.localName]: value })),
          { nil: {} },
        ),
  );
  return fc.tuple(...members).map((parts) => Object.assign({}, ...parts));
}

function arbitraryField(field: DescField): fc.Arbitrary<unknown> {
  if (field.fieldKind === "list") return fc.array(arbitraryValue(field), { maxLength: 4 });
  if (field.fieldKind === "map") return fc.dictionary(text, arbitraryValue(field), { maxKeys: 4 });
  return arbitraryValue(field);
}

function arbitraryValue(field: DescField): fc.Arbitrary<unknown> {
  if (field.message !== undefined) return arbitraryMessage(field.message);
  const edges = fc.constantFrom(...edgesOf(field));
  return field.enum !== undefined ? edges : fc.oneof(edges, scalarOf(field.scalar ?? ScalarType.STRING).any);
}
