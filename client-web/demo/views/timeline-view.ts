import type { SeenSignal } from "../call/call.ts";
import { byId, make, setData, setText } from "../dom.ts";
import { milliseconds } from "./milliseconds.ts";

/** Rows beyond this many go, the oldest first. */
const maxRows = 400;
/** How far from its end the list may be scrolled and still follow it, in pixels. */
const nearEndPx = 48;

const kindWords: Readonly<Record<string, string>> = { "ice-candidate": "candidate" };

/** The ladder of signals and of what happened between them. */
export class TimelineView {
  readonly #list = byId("timeline", HTMLElement);
  readonly #startedAt = Date.now();
  readonly #rows = new Map<string, HTMLElement>();
  /** When the last offer of a negotiation went out or came in, for the delays of what comes in after it. */
  readonly #offers = new Map<string, number>();
  #offline = false;
  /** Whether the newest row is kept in sight: until the visitor scrolls away from it. */
  #follows = true;

  constructor(until: AbortSignal) {
    const list = this.#list;
    list.replaceChildren();
    // Not every browser lets the keyboard scroll what it cannot focus.
    list.tabIndex = 0;
    const scrolled = () => {
      this.#follows = list.scrollHeight - list.scrollTop - list.clientHeight < nearEndPx;
    };
    list.addEventListener("scroll", scrolled, { signal: until });
    const resized = new ResizeObserver(() => this.#follow());
    resized.observe(list);
    until.addEventListener("abort", () => resized.disconnect());
  }

  /** Shows a signal, or what is new of one that is shown. */
  signal(signal: SeenSignal): void {
    const old = this.#rows.get(signal.key);
    const row = old ?? this.#addRow(signal);
    setData(row, { outcome: signal.outcome });
    const delay = row.querySelector(".row-delay");
    if (delay !== null) setText(delay, this.#delayWords(signal));
  }

  /** Shows something that is no signal: who came and went, and what happened to the session. */
  mark(words: string, tone: "ok" | "warn" | "bad" | "plain" = "plain"): void {
    const row = make("li", {
      class: "mark",
      data: { testid: "timeline-mark", tone },
      children: [
        this.#time(Date.now()),
        make("span", { class: "row-lines" }),
        make("span", { class: "mark-words", text: words }),
      ],
    });
    this.#append(row);
  }

  /** While the session is away, the lifeline of this page is drawn broken. */
  setOffline(offline: boolean): void {
    this.#offline = offline;
  }

  #addRow(signal: SeenSignal): HTMLElement {
    const { direction, kind, peerId } = signal;
    if (kind === "offer") this.#offers.set(signal.negotiationId, signal.at);
    const out = direction === "out";
    const what = make("span", {
      class: "row-what",
      children: [
        make("span", { class: "unseen", text: out ? "sent" : "received" }),
        make("span", { class: "row-kind", text: kindWords[kind] ?? kind }),
        make("span", { class: "unseen", text: out ? "to" : "from" }),
        make("span", { class: "row-peer", text: peerId }),
      ],
    });
    if (signal.replayed) what.append(make("span", { class: "tag", text: "replayed" }));
    const row = make("li", {
      data: { testid: "timeline-row", kind, direction, peerId, replayed: String(signal.replayed) },
      children: [
        this.#time(signal.at),
        make("span", { class: "row-lines", children: [make("span", { class: "row-arrow" })] }),
        what,
        make("span", { class: "row-delay" }),
      ],
    });
    setData(row, { key: signal.key });
    this.#rows.set(signal.key, row);
    this.#append(row);
    return row;
  }

  #append(row: HTMLElement): void {
    const list = this.#list;
    setData(row, { offline: String(this.#offline) });
    list.append(row);
    while (list.childElementCount > maxRows) {
      const oldest = list.firstElementChild;
      this.#rows.delete(oldest?.getAttribute("data-key") ?? "");
      oldest?.remove();
    }
    this.#follow();
  }

  #follow(): void {
    if (this.#follows) this.#list.scrollTop = this.#list.scrollHeight;
  }

  #time(at: number): HTMLElement {
    const time = make("time", { text: (Math.max(0, at - this.#startedAt) / 1000).toFixed(3) });
    time.dateTime = new Date(at).toISOString();
    return time;
  }

  #delayWords(signal: SeenSignal): string {
    if (signal.outcome === "rejected") return signal.reason ?? "rejected";
    if (signal.outcome === "pending") return "…";
    if (signal.ackedAfterMs !== undefined) return milliseconds(signal.ackedAfterMs);
    const offeredAt = signal.kind === "offer" ? undefined : this.#offers.get(signal.negotiationId);
    return offeredAt === undefined ? "" : `+${milliseconds(signal.at - offeredAt)}`;
  }
}
