import type { PeerCall } from "../call/call.ts";
import { byId, setData, setText } from "../dom.ts";
import type { OwnMedia } from "../media/own-media.ts";
import { roomLink, secondTabLink } from "../page-options.ts";
import { copyOnClick } from "./copy-link.ts";
import { PeerTile } from "./peer-tile.ts";

/** The pictures: the own one, those of the others, and what to do while there are none. */
export class StageView {
  readonly #tiles = byId("tiles", HTMLElement);
  readonly #empty = byId("empty", HTMLElement);
  readonly #self = byId("self-tile", HTMLElement);
  readonly #localVideo = byId("local-video", HTMLVideoElement);
  readonly #remotes = new Map<PeerCall, PeerTile>();

  constructor(room: string, name: string, media: OwnMedia, until: AbortSignal) {
    const link = roomLink(room).href;
    setText(byId("room-title", HTMLElement), room);
    byId("bar-room", HTMLElement).hidden = false;
    copyOnClick(byId("copy-link", HTMLButtonElement), () => link, until);
    copyOnClick(byId("copy-link-empty", HTMLButtonElement), () => link, until);
    byId("share-link", HTMLInputElement).value = link;
    byId("second-tab", HTMLAnchorElement).href = secondTabLink(room).href;
    setText(byId("self-name", HTMLElement), name);
    this.#localVideo.srcObject = media.stream;
    this.#showCount();
    until.addEventListener("abort", () => this.#clear());
  }

  add(peer: PeerCall): void {
    const tile = new PeerTile(peer);
    this.#remotes.set(peer, tile);
    this.#self.before(tile.element);
    this.#showCount();
  }

  remove(peer: PeerCall): void {
    this.#remotes.get(peer)?.remove();
    this.#remotes.delete(peer);
    this.#showCount();
  }

  #showCount(): void {
    setData(this.#tiles, { remotes: String(this.#remotes.size) });
    this.#empty.hidden = this.#remotes.size > 0;
  }

  #clear(): void {
    for (const tile of this.#remotes.values()) tile.remove();
    this.#remotes.clear();
    this.#localVideo.srcObject = null;
    byId("bar-room", HTMLElement).hidden = true;
    this.#showCount();
  }
}
