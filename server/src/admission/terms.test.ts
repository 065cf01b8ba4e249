import fc from "fast-check";
import { expect, test } from "vitest";
import type { Grant } from "./access.ts";
import { type Grants, openGrants } from "./grants.ts";
import { encodeTerms, underTerms } from "./terms.ts";

const names = ["send", "update", "turn", "admit", "hidden"] as const;
const anyPolicy = fc.record({ relayOnly: fc.boolean(), noPrivate: fc.boolean() });
const anyTerms = fc.record({
  grants: fc.option(
    fc.subarray([...names]).map((granted) => new Set<Grant>(granted)),
    { nil: undefined },
  ),
  icePolicy: fc.option(anyPolicy, { nil: undefined }),
});
const anyGrants: fc.Arbitrary<Grants> = fc
  .record({
    send: fc.boolean(),
    update: fc.boolean(),
    turn: fc.boolean(),
    admit: fc.boolean(),
    hidden: fc.boolean(),
  })
  .chain((given) =>
    fc
      .option(anyPolicy, { nil: undefined })
      .map((icePolicy) => ({ ...openGrants, ...given, ...(icePolicy === undefined ? {} : { icePolicy }) })),
  );

test("terms fit into a session token, whatever they are", () => {
  fc.assert(
    fc.property(anyTerms, (terms) => {
      expect(encodeTerms(terms)).toMatch(/^[a-z]{0,8}$/);
    }),
  );
});

test("what a backend grants replaces what the access token grants, and nothing else changes", () => {
  fc.assert(
    fc.property(anyGrants, anyTerms, (grants, terms) => {
      const held = underTerms(grants, encodeTerms(terms));
      for (const name of names) expect(held[name]).toBe(terms.grants?.has(name) ?? grants[name]);
      expect([held.owner, held.admin]).toEqual([grants.owner, grants.admin]);
    }),
  );
});

test("a backend can make an ICE policy stricter, and never laxer", () => {
  fc.assert(
    fc.property(anyGrants, anyTerms, (grants, terms) => {
      const held = underTerms(grants, encodeTerms(terms)).icePolicy;
      for (const policy of ["relayOnly", "noPrivate"] as const) {
        const required = grants.icePolicy?.[policy] === true || terms.icePolicy?.[policy] === true;
        expect(held?.[policy] ?? false).toBe(required);
      }
    }),
  );
});
