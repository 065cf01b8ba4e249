import { expect, test } from "vitest";
import { pageOptions } from "./page-options.ts";

test("the address says what the page does", () => {
  expect(pageOptions("?room=standup&name=Ada&auto=1&picture=1&hold=5")).toEqual({
    room: "standup",
    name: "Ada",
    auto: true,
    drawn: true,
    holdSeconds: 5,
  });
});

test("without a room there is a random one that the contract allows", () => {
  const { room, ...others } = pageOptions("");
  expect(room).toMatch(/^[a-z]+-[a-z]+-[1-9][0-9]{2}$/);
  expect(others).toEqual({ name: "", auto: false, drawn: false, holdSeconds: 2 });
  expect(pageOptions("?room=%20").room).not.toBe("");
});

test("a hold that is no number of seconds is not taken", () => {
  for (const hold of ["-1", "soon", "Infinity"]) expect(pageOptions(`?hold=${hold}`).holdSeconds).toBe(2);
  expect(pageOptions("?hold=0").holdSeconds).toBe(0);
});
