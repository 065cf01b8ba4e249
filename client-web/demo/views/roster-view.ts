import type { Member } from "../call/call.ts";
import { byId, make, setText } from "../dom.ts";
import { hueOf } from "../peer-name.ts";

/** Who is in the room. */
export class RosterView {
  readonly #list = byId("roster", HTMLElement);
  readonly #items = new Map<string, HTMLElement>();

  constructor(self: Member) {
    this.#list.replaceChildren();
    const item = this.#item(self);
    item.append(make("span", { class: "tag", text: "you" }));
  }

  add(member: Member): void {
    this.remove(member);
    this.#item(member);
  }

  remove(member: Member): void {
    this.#items.get(member.peerId)?.remove();
    this.#items.delete(member.peerId);
    this.#showCount();
  }

  #item({ name, peerId }: Member): HTMLElement {
    const [initial = "?"] = name;
    const face = make("span", { class: "roster-face", text: initial.toUpperCase() });
    face.setAttribute("aria-hidden", "true");
    // By the object model: the page's security policy forbids style attributes.
    face.style.backgroundColor = `hsl(${hueOf(name)} 45% 30%)`;
    const item = make("li", {
      data: { testid: "roster-item", peerId },
      children: [face, make("span", { class: "roster-name", text: name })],
    });
    this.#items.set(peerId, item);
    this.#list.append(item);
    this.#showCount();
    return item;
  }

  #showCount(): void {
    setText(byId("roster-count", HTMLElement), String(this.#items.size));
  }
}
