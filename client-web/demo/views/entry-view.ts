import { byId } from "../dom.ts";
import type { ErrorWords } from "../error-words.ts";
import type { PageOptions } from "../page-options.ts";
import { guestName } from "../peer-name.ts";
import { roomName } from "../room-name.ts";
import { showNotice } from "./notice.ts";

/** What the visitor filled in. */
export interface EntryForm {
  readonly room: string;
  readonly name: string;
  readonly picture: "camera" | "drawn";
  readonly microphone: boolean;
}

/** The form through which one enters a room. */
export class EntryView {
  readonly #section = byId("entry", HTMLElement);
  readonly #form = byId("entry-form", HTMLFormElement);
  readonly #room = byId("room", HTMLInputElement);
  readonly #name = byId("name", HTMLInputElement);
  readonly #join = byId("join", HTMLButtonElement);
  readonly #cancel = byId("cancel", HTMLButtonElement);
  readonly #error = byId("entry-error", HTMLElement);

  constructor(options: PageOptions, onJoin: (form: EntryForm) => void, onCancel: () => void) {
    this.#room.value = options.room;
    this.#name.value = options.name;
    this.#name.placeholder = guestName();
    if (options.drawn) {
      this.#radio("drawn").checked = true;
      byId("microphone", HTMLInputElement).checked = false;
    }
    byId("another-room", HTMLButtonElement).addEventListener("click", () => {
      this.#room.value = roomName();
      this.#room.focus();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#join.disabled) onJoin(this.read());
    });
    this.#form.addEventListener("input", (event) => {
      if (event.target instanceof HTMLInputElement) event.target.removeAttribute("aria-invalid");
    });
    this.#cancel.addEventListener("click", onCancel);
  }

  read(): EntryForm {
    return {
      room: this.#room.value.trim(),
      name: this.#name.value.trim() || this.#name.placeholder,
      picture: this.#radio("drawn").checked ? "drawn" : "camera",
      microphone: byId("microphone", HTMLInputElement).checked,
    };
  }

  show(): void {
    this.#section.hidden = false;
    this.#idle();
  }

  hide(): void {
    this.#section.hidden = true;
    this.#idle();
  }

  /** Offers a new room instead of the one that was. */
  offerAnotherRoom(): void {
    this.#room.value = roomName();
  }

  busy(words: string): void {
    showNotice(this.#error, undefined);
    this.#join.disabled = true;
    this.#join.textContent = words;
    this.#cancel.hidden = false;
  }

  /** The visitor waits to be let in, in this place of the queue. */
  wait(position: number): void {
    this.busy("Waiting…");
    const place = position === 1 ? "You are next." : `You are number ${position} in the queue.`;
    const text = `Someone in the room decides who may join. ${place} You can cancel at any time.`;
    showNotice(this.#error, { tone: "ok", title: "Waiting to be let in", text });
  }

  fail(error: ErrorWords, reason: string): void {
    this.#idle();
    showNotice(this.#error, { tone: "bad", title: error.title, text: error.advice, reason });
    const field = error.field === "room" ? this.#room : error.field === "name" ? this.#name : undefined;
    field?.setAttribute("aria-invalid", "true");
    (field ?? this.#join).focus();
    field?.select();
  }

  #idle(): void {
    showNotice(this.#error, undefined);
    this.#join.disabled = false;
    this.#join.textContent = "Join the room";
    this.#cancel.hidden = true;
  }

  #radio(value: string): HTMLInputElement {
    const radio = this.#form.querySelector(`input[name="picture"][value="${value}"]`);
    if (!(radio instanceof HTMLInputElement)) throw new Error(`index.html has no choice ${value}`);
    return radio;
  }
}
