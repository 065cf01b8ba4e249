import { byId } from "../dom.ts";
import type { OwnMedia } from "../media/own-media.ts";

/** The buttons below the pictures: microphone, picture, leave. */
export class ControlsView {
  constructor(media: OwnMedia, onLeave: () => void, until: AbortSignal) {
    const veil = byId("local-veil", HTMLElement);
    veil.hidden = true;
    const microphone = byId("toggle-mic", HTMLButtonElement);
    microphone.disabled = !media.hasVoice;
    if (media.hasVoice) toggle(microphone, "Microphone", (on) => media.setVoice(on), until);
    else {
      microphone.textContent = "No microphone";
      microphone.setAttribute("aria-pressed", "false");
    }
    const picture = byId("toggle-picture", HTMLButtonElement);
    const label = media.isDrawn ? "Picture" : "Camera";
    toggle(
      picture,
      label,
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
  set: (on: boolean) => void,
  until: AbortSignal,
): void {
  const state = document.createElement("b");
  // For the eye; a screen reader has it from aria-pressed.
  state.setAttribute("aria-hidden", "true");
  const show = (on: boolean) => {
    state.textContent = on ? "on" : "off";
    button.setAttribute("aria-pressed", String(on));
  };
  button.replaceChildren(`${label} `, state);
  show(true);
  button.addEventListener(
    "click",
    () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      set(on);
      show(on);
    },
    { signal: until },
  );
}
