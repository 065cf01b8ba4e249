import { announce } from "../announcer.ts";

const shownForMs = 2000;

/** Makes a button copy a link, and say that it did. */
export function copyOnClick(button: HTMLButtonElement, link: () => string, until: AbortSignal): void {
  const label = button.textContent;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (words: string) => {
    clearTimeout(timer);
    button.textContent = words;
    announce(words);
    timer = setTimeout(() => {
      button.textContent = label;
    }, shownForMs);
  };
  button.addEventListener(
    "click",
    () => {
      // Absent outside of secure contexts, and refused where the page is not in front.
      const clipboard: Clipboard | undefined = navigator.clipboard;
      if (clipboard === undefined) return say("Copy it from the address bar");
      clipboard.writeText(link()).then(
        () => say("Link copied"),
        () => say("Copy it from the address bar"),
      );
    },
    { signal: until },
  );
  until.addEventListener("abort", () => {
    clearTimeout(timer);
    button.textContent = label;
  });
}
