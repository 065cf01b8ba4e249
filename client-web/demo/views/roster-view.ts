import type { Member, PeerCall } from "../call/call.ts";
import { byId, make, setText } from "../dom.ts";
import { hueOf } from "../peer-name.ts";

/** Who is in the room. */
export class RosterView {
  readonly #list = byId("roster", HTMLElement);
  /** By the call, as two people may have the same name. */
  readonly #items = new Map<PeerCall, HTMLElement>();

  constructor(self: Member) {
    const item = itemOf(self);
    item.append(make("span", { class: "tag", text: "you" }));
    this.#list.replaceChildren(item);
    this.#showCount();
  }

  add(peer: PeerCall): void {
    const item = itemOf(peer.member);
    this.#items.set(peer, item);
    this.#list.append(item);
    this.#showCount();
  }

  update(peer: PeerCall): void {
    const item = itemOf(peer.member);
    this.#items.get(peer)?.replaceWith(item);
    this.#items.set(peer, item);
  }

  remove(peer: PeerCall): void {
    this.#items.get(peer)?.remove();
    this.#items.delete(peer);
    this.#showCount();
  }

  #showCount(): void {
    setText(byId("roster-count", HTMLElement), String(this.#items.size + 1));
  }
}

function itemOf({ name, peerId, media }: Member): HTMLElement {
  const [initial = "?"] = name;
  const face = make("span", { class: "roster-face", text: initial.toUpperCase() });
  face.setAttribute("aria-hidden", "true");
  // By the object model: the page's security policy forbids style attributes.
  face.style.backgroundColor = `hsl(${hueOf(name)} 45% 30%)`;
  const item = make("li", {
    data: { testid: "roster-item", peerId },
    children: [face, make("span", { class: "roster-name", text: name })],
  });
  if (media.microphone === "off") item.append(make("span", { class: "tag", text: "muted" }));
  return item;
}
