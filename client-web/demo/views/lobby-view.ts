import type { Waiter } from "../call/call.ts";
import { byId, make, setText } from "../dom.ts";

/** Who waits to come in; seen only by those who may let them in. */
export class LobbyView {
  readonly #card = byId("lobby-card", HTMLElement);
  readonly #list = byId("lobby", HTMLElement);

  constructor() {
    this.show([]);
  }

  show(waiting: readonly Waiter[]): void {
    this.#card.hidden = waiting.length === 0;
    setText(byId("lobby-count", HTMLElement), String(waiting.length));
    this.#list.replaceChildren(...waiting.map(itemOf));
  }
}

function itemOf({ member, admit, turnAway }: Waiter): HTMLElement {
  const { name, peerId } = member;
  return make("li", {
    data: { testid: "lobby-item", peerId },
    children: [
      make("span", { class: "lobby-name", text: name }),
      buttonOf("Admit", `Admit ${name}`, "button", admit),
      buttonOf("Turn away", `Turn ${name} away`, "button quiet", turnAway),
    ],
  });
}

function buttonOf(text: string, label: string, kind: string, run: () => void): HTMLElement {
  const button = make("button", { class: kind, text });
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.addEventListener("click", run);
  return button;
}
