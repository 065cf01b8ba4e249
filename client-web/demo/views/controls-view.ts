import { byId, setText } from "../dom.ts";
import type { OwnMedia } from "../media/own-media.ts";

/** The buttons below the pictures: microphone, picture, leave. */
export class ControlsView {
  readonly #media: OwnMedia;
  readonly #microphone: Toggle;
  readonly #picture: Toggle;
  readonly #veil = byId("local-veil", HTMLElement);

  constructor(media: OwnMedia, onLeave: () => void, until: AbortSignal) {
    this.#media = media;
    this.#microphone = new Toggle("toggle-mic", (on) => media.setVoice(on), until);
    this.#picture = new Toggle("toggle-picture", (on) => media.setPicture(on), until);
    byId("leave", HTMLButtonElement).addEventListener("click", onLeave, { signal: until });
    this.show();
  }

  /** Shows what is sent now. */
  show(): void {
    const { picture, microphone } = this.#media.state;
    this.#microphone.show("Microphone", microphone === "on");
    this.#picture.show(picture === "drawn" ? "Picture" : "Camera", picture !== "off");
    this.#veil.hidden = picture !== "off";
    setText(byId("self-source", HTMLElement), this.#media.description);
  }
}

/** A button that is on or off. Devices take their time: it waits for them. */
class Toggle {
  readonly #button: HTMLButtonElement;
  readonly #state = document.createElement("b");

  constructor(id: string, set: (on: boolean) => Promise<void>, until: AbortSignal) {
    this.#button = byId(id, HTMLButtonElement);
    // For the eye; a screen reader has it from aria-pressed.
    this.#state.setAttribute("aria-hidden", "true");
    this.#button.disabled = false;
    const press = async () => {
      this.#button.disabled = true;
      await set(this.#button.getAttribute("aria-pressed") !== "true");
      this.#button.disabled = false;
    };
    this.#button.addEventListener("click", () => void press(), { signal: until });
  }

  show(label: string, on: boolean): void {
    this.#state.textContent = on ? "on" : "off";
    this.#button.replaceChildren(`${label} `, this.#state);
    this.#button.setAttribute("aria-pressed", String(on));
  }
}
