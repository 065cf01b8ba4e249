import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DescMessage } from "@bufbuild/protobuf";
import {
  AnswerSchema,
  ByeSchema,
  IceCandidateSchema,
  OfferSchema,
  RebindSchema,
  ReceiveRequestSchema,
  RestartSchema,
  SendSignalsRequestSchema,
  SendSignalsResponseSchema,
  SignalRequestSchema,
  SignalResponseSchema,
} from "@parley/contract";
import { expect, test } from "vitest";
import * as fieldNumbers from "./field-numbers.ts";
import { tagOf, WireType } from "./wire-type.ts";

const { unreadable, unnumbered, ...signalFields } = fieldNumbers.SignalField;

/** By table: its numbers, and the message that they belong to. */
const tables: Record<keyof typeof fieldNumbers, readonly [Readonly<Record<string, number>>, DescMessage]> = {
  SignalField: [signalFields, SignalRequestSchema],
  SignalResponseField: [fieldNumbers.SignalResponseField, SignalResponseSchema],
  ReceiveRequestField: [fieldNumbers.ReceiveRequestField, ReceiveRequestSchema],
  SendSignalsRequestField: [fieldNumbers.SendSignalsRequestField, SendSignalsRequestSchema],
  SendSignalsResponseField: [fieldNumbers.SendSignalsResponseField, SendSignalsResponseSchema],
  DescriptionField: [fieldNumbers.DescriptionField, AnswerSchema],
  IceCandidateField: [fieldNumbers.IceCandidateField, IceCandidateSchema],
  ByeField: [fieldNumbers.ByeField, ByeSchema],
  RestartField: [fieldNumbers.RestartField, RestartSchema],
  RebindField: [fieldNumbers.RebindField, RebindSchema],
};

function numbersOf(names: readonly string[], { fields }: DescMessage): Record<string, number | undefined> {
  const numbers = new Map(fields.map(({ localName, number }) => [localName, number]));
  return Object.fromEntries(names.map((name) => [name, numbers.get(name)]));
}

test.each(Object.entries(tables))("%s has the numbers of the contract", (_, [numbers, message]) => {
  expect(numbers).toEqual(numbersOf(Object.keys(numbers), message));
});

test("every table of field numbers is compared", () => {
  expect(Object.keys(tables).sort()).toEqual(Object.keys(fieldNumbers).sort());
});

test("every field of a request is known, so that a newer contract is noticed here", () => {
  expect(Object.keys(signalFields)).toEqual(SignalRequestSchema.fields.map(({ localName }) => localName));
});

test("an Offer has its description where an Answer has it", () => {
  expect(numbersOf(["sdp"], OfferSchema)).toEqual({ sdp: fieldNumbers.DescriptionField.sdp });
});

test("what is relayed has the same number and type in the response", () => {
  const { offer, answer, iceCandidate, bye, restart, rebind, negotiationId } = fieldNumbers.SignalField;
  for (const number of [offer, answer, iceCandidate, bye, restart, rebind, negotiationId]) {
    const [sent, received] = [SignalRequestSchema, SignalResponseSchema].map(({ fields }) =>
      fields.find((field) => field.number === number),
    );
    expect([received?.localName, received?.message?.typeName]).toEqual([
      sent?.localName,
      sent?.message?.typeName,
    ]);
  }
});

test("what stands for an unreadable signal is no field of the contract", () => {
  for (const { fields } of [SignalRequestSchema, SignalResponseSchema]) {
    expect(fields.filter(({ number }) => number === unreadable || number === unnumbered)).toEqual([]);
  }
});

test("the scripts of Redis write and read the tags of the contract", () => {
  const script = (name: string) =>
    readFileSync(new URL(`../engines/redis/scripts/${name}.lua`, import.meta.url), "utf8");
  const [sender, negotiationId] = ["sender", "negotiationId"].map((name) =>
    tagOf(numbersOf([name], SignalResponseSchema)[name] ?? 0, WireType.bytes),
  );
  const session = tagOf(
    numbersOf(["senderSession"], SignalResponseSchema)["senderSession"] ?? 0,
    WireType.varint,
  );
  expect(script("submit")).toContain(
    `local mark = 'r\\${sender}' .. string.char(#peer) .. peer .. '\\${session}'`,
  );
  expect(script("submit-rarely")).toContain(
    `if string.byte(payload, 1) ~= 0x${negotiationId?.toString(16)} then`,
  );
});

test("no file outside of codec/ writes a field number", () => {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const literal = /\bfield [!=]== [1-9]|\b\w*[tT]ag\w* = (?:0x|\d|\()|\(\d+ << 3\)|tagOf\(\d/;
  const found = globSync("**/*.ts", { cwd: root, exclude: ["codec/**", "**/*.test.ts"] }).flatMap((file) =>
    readFileSync(`${root}${file}`, "utf8")
      .split("\n")
      .filter((line) => literal.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
