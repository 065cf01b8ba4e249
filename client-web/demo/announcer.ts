import { byId } from "./dom.ts";

/** Says to a screen reader what others see happen: who came and went, and the state of the session. */
export function announce(words: string): void {
  byId("announcer", HTMLElement).textContent = words;
}
