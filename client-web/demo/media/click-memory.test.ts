import { expect, test } from "vitest";
import { ClickMemory, type TabStorage } from "./click-memory.ts";

function form(room: string) {
  return { room, name: "Ada", picture: "camera", microphone: true } as const;
}

function tab(): TabStorage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

test("a reload of the tab in which that room was joined with a click counts as a click", () => {
  const storage = tab();
  new ClickMemory(storage, "navigate").clicked(form("standup"));
  expect(new ClickMemory(storage, "reload").covers("standup")).toBe(true);
  expect(new ClickMemory(storage, "reload").covers("another room")).toBe(false);
});

test.each(["navigate", "back_forward", "prerender"])("opening a link (%s) does not", (navigation) => {
  const storage = tab();
  new ClickMemory(storage, "navigate").clicked(form("standup"));
  expect(new ClickMemory(storage, navigation).covers("standup")).toBe(false);
});

test("nor does a reload without a click, or after leaving", () => {
  const storage = tab();
  expect(new ClickMemory(storage, "reload").covers("standup")).toBe(false);
  const memory = new ClickMemory(storage, "reload");
  memory.clicked(form("standup"));
  memory.left();
  expect(new ClickMemory(storage, "reload").covers("standup")).toBe(false);
});

test("a browser that keeps nothing for the site remembers no click", () => {
  const fail = () => {
    throw new DOMException("denied", "SecurityError");
  };
  const memory = new ClickMemory({ getItem: fail, setItem: fail, removeItem: fail }, "reload");
  memory.clicked(form("standup"));
  expect(memory.covers("standup")).toBe(false);
  memory.left();
});

test("a page that is loaded again goes on under the same name, in the same room only", () => {
  const storage = tab();
  new ClickMemory(storage, "navigate").clicked(form("standup"));
  const blank = { ...form("standup"), name: "Guest 7" };
  expect(new ClickMemory(storage, "reload").recall(blank).name).toBe("Ada");
  expect(new ClickMemory(storage, "navigate").recall(blank).name).toBe("Guest 7");
  expect(new ClickMemory(storage, "reload").recall({ ...blank, room: "other" }).name).toBe("Guest 7");
});
