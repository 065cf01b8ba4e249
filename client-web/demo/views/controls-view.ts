import { byId } from "../dom.ts";
import type { OwnMedia } from "../media/own-media.ts";

/** The buttons below the pictures: microphone, picture, leave. */
export class ControlsView {
  constructor(media: OwnMedia, onLeave: () => void, until: AbortSignal) {
    const veil = byId("local-veil", HTMLElement);
    veil.hidden = true;
    const microphone = byId("toggle-mic", HTMLButtonElement);
    microphone.disabled = !media.hasVoice;
    toggle(microphone, "Microphone", media.hasVoice ? "on" : "none", (on) => media.setVoice(on), until);
    const picture = byId("toggle-picture", HTMLButtonElement);
    const label = media.isDrawn ? "Picture" : "Camera";
    toggle(
      picture,
      label,
      "on",
      (on) => {
        media.setPicture(on);
        veil.hidden = on;
      },
      until,
    );
    byId("leave", HTMLButtonElement).addEventListener("click", onLeave, { signal: until });
  }
}

function toggle(
  button: HTMLButtonElement,
  label: string,
  initial: "on" | "none",
  set: (on: boolean) => void,
  until: AbortSignal,
): void {
  const state = document.createElement("b");
  // For the eye; a screen reader has it from aria-pressed.
  state.ariaHidden = "true";
  const show = (words: "on" | "off" | "none") => {
    state.textContent = words;
    button.setAttribute("aria-pressed", String(words === "on"));
  };
  button.replaceChildren(`${label} `, state);
  show(initial);
  button.addEventListener(
    "click",
    () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      set(on);
      show(on ? "on" : "off");
    },
    { signal: until },
  );
}
