import { announce } from "../announcer.ts";
import type { SeenSignal, SessionState } from "../call/call.ts";
import { byId, setData, setText } from "../dom.ts";
import { milliseconds } from "./milliseconds.ts";

/** The state of the signaling session, in the bar and in its card. */
export class SessionView {
  readonly #state = byId("signaling-state", HTMLElement);
  readonly #words = byId("signaling-words", HTMLElement);
  readonly #cut = byId("cut", HTMLButtonElement);
  readonly #hold = byId("hold", HTMLSelectElement);
  readonly #node = byId("server-node", HTMLElement);
  readonly #seen = new Set<string>();
  readonly #delays: number[] = [];
  #out = 0;
  #in = 0;

  constructor(holdSeconds: number, onCut: (holdMs: number) => void, until: AbortSignal) {
    if (![...this.#hold.options].some((option) => Number(option.value) === holdSeconds)) {
      this.#hold.append(new Option(`${holdSeconds} s`, String(holdSeconds)));
    }
    this.#hold.value = String(holdSeconds);
    this.#cut.addEventListener("click", () => onCut(Number(this.#hold.value) * 1000), { signal: until });
    this.#state.hidden = false;
    this.#showCounts();
  }

  show(state: SessionState): void {
    const { phase, replayed, resumes, awayMs, node, nodeName, via } = state;
    const words = stateWords(state);
    if (this.#state.getAttribute("data-state") !== phase) announce(`Signaling: ${words}`);
    setData(this.#state, { state: phase, replayed: String(replayed), resumes: String(resumes) });
    setText(this.#words, words);
    this.#cut.disabled = phase === "reconnecting" || phase === "closed";
    setText(this.#node, node);
    setData(this.#node, { node });
    setText(byId("session-via", HTMLElement), via === "" ? "–" : via);
    setText(byId("kill-name", HTMLElement), nodeName === "" ? "this node" : nodeName);
    const times = resumes === 1 ? "once" : `${resumes} times`;
    setText(byId("resume-count", HTMLElement), resumes === 0 ? "never" : `${times}, ${milliseconds(awayMs)}`);
  }

  count(signal: SeenSignal): void {
    if (!this.#seen.has(signal.key)) {
      this.#seen.add(signal.key);
      if (signal.direction === "out") this.#out++;
      else this.#in++;
    }
    if (signal.ackedAfterMs !== undefined) this.#delays.push(signal.ackedAfterMs);
    this.#showCounts();
  }

  hide(): void {
    this.#state.hidden = true;
    setData(this.#state, { state: "idle" });
  }

  #showCounts(): void {
    setText(byId("signal-count", HTMLElement), `${this.#out} out, ${this.#in} in`);
    const middle = this.#delays.toSorted((a, b) => a - b)[Math.floor(this.#delays.length / 2)];
    setText(byId("ack-median", HTMLElement), middle === undefined ? "–" : milliseconds(middle));
  }
}

function stateWords({ phase, replayed }: SessionState): string {
  switch (phase) {
    case "connecting":
      return "Connecting";
    case "connected":
      return "Connected";
    case "reconnecting":
      return "Reconnecting";
    case "resumed":
      return replayed === 0 ? "Resumed" : `Resumed, ${replayed} replayed`;
    case "closed":
      return "Not connected";
  }
}
