import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { browserPage } from "./page-lifecycle.ts";

class FakeDocument extends EventTarget {
  visibilityState: DocumentVisibilityState = "visible";
}

let page: EventTarget;
let view: FakeDocument;
let told: string[];

const listener = {
  wake: () => told.push("wake"),
  offline: () => told.push("offline"),
  hide: (frozen: boolean) => told.push(`hide ${frozen}`),
  show: () => told.push("show"),
};

const transition = (type: string, persisted: boolean) => Object.assign(new Event(type), { persisted });

beforeEach(() => {
  page = new EventTarget();
  view = new FakeDocument();
  told = [];
  vi.stubGlobal("window", page);
  vi.stubGlobal("document", view);
});

afterEach(() => vi.unstubAllGlobals());

test("a page that is online again, or seen again, wakes", () => {
  browserPage(listener);
  page.dispatchEvent(new Event("online"));
  view.visibilityState = "hidden";
  view.dispatchEvent(new Event("visibilitychange"));
  view.visibilityState = "visible";
  view.dispatchEvent(new Event("visibilitychange"));
  expect(told).toEqual(["wake", "wake"]);
});

test("a browser that loses its network says so", () => {
  browserPage(listener);
  page.dispatchEvent(new Event("offline"));
  expect(told).toEqual(["offline"]);
});

test("a page that goes says whether it may come back, and says when it does", () => {
  browserPage(listener);
  page.dispatchEvent(transition("pageshow", false));
  page.dispatchEvent(transition("pagehide", true));
  page.dispatchEvent(transition("pageshow", true));
  page.dispatchEvent(transition("pagehide", false));
  expect(told).toEqual(["hide true", "show", "hide false"]);
});

test("who does not listen any more hears nothing", () => {
  browserPage(listener)();
  page.dispatchEvent(new Event("online"));
  page.dispatchEvent(transition("pagehide", false));
  expect(told).toEqual([]);
});

test("without a page, nothing is heard", () => {
  vi.unstubAllGlobals();
  expect(() => browserPage(listener)()).not.toThrow();
});
