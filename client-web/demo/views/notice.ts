import { make, setData } from "../dom.ts";

/** What a notice says. */
export interface Notice {
  readonly tone: "bad" | "warn" | "ok";
  readonly title: string;
  readonly text: string;
  /** The typed reason, for those who look it up. */
  readonly reason?: string;
  readonly action?: { readonly label: string; run(): void };
}

/** Shows a notice in its place on the page, or takes it away. */
export function showNotice(place: HTMLElement, notice: Notice | undefined): void {
  place.hidden = notice === undefined;
  place.replaceChildren();
  if (notice === undefined) return;
  setData(place, { tone: notice.tone, reason: notice.reason ?? "" });
  const text = make("p", { text: `${notice.text} ` });
  if (notice.reason !== undefined) text.append(make("code", { text: notice.reason }));
  place.append(make("strong", { text: notice.title }), text);
  if (notice.action !== undefined) {
    const button = make("button", { class: "button", text: notice.action.label });
    button.type = "button";
    button.addEventListener("click", notice.action.run);
    place.append(button);
  }
}
