import { byId, setText } from "../dom.ts";

/** After the call: join again, or go elsewhere. */
export class LeftView {
  readonly #section = byId("left", HTMLElement);

  constructor(onRejoin: () => void, onOther: () => void) {
    byId("rejoin", HTMLButtonElement).addEventListener("click", onRejoin);
    byId("other-room", HTMLButtonElement).addEventListener("click", onOther);
  }

  show(room: string, others: number): void {
    setText(byId("left-room", HTMLElement), room);
    const who =
      others === 0 ? "Nobody else was" : others === 1 ? "One other person was" : `${others} others were`;
    setText(byId("left-words", HTMLElement), `This page no longer sends anything. ${who} still there.`);
    this.#section.hidden = false;
    byId("left-title", HTMLElement).focus();
  }

  hide(): void {
    this.#section.hidden = true;
  }
}
