import type { PeerCall } from "../call/call.ts";
import { make, setData, setText } from "../dom.ts";
import { milliseconds } from "./milliseconds.ts";

/** The picture of one other peer, and what is known of the connection to it. */
export class PeerTile {
  readonly element: HTMLElement;
  readonly #peer: PeerCall;
  readonly #video = make("video", { data: { testid: "remote-video" } });
  readonly #veil = make("span", { class: "tile-veil" });
  readonly #restart = make("button", {
    class: "button quiet small",
    text: "Restart ICE",
    data: { testid: "ice-restart-button" },
  });
  readonly #muted = make("span", { class: "tag", text: "muted", data: { testid: "peer-muted" } });
  readonly #sound = make("button", { class: "button tile-sound", text: "Turn the sound on" });
  readonly #ice = make("dd", { data: { testid: "ice-state" } });
  readonly #connected = make("dd", { data: { testid: "time-to-connected" } });
  readonly #pair = make("dd", { data: { testid: "candidate-pair" } });
  readonly #roundTrip = make("dd", { data: { testid: "round-trip" } });
  readonly #size = make("dd", { data: { testid: "video-size" } });
  readonly #frames = make("dd", { data: { testid: "frames-decoded" } });

  constructor(peer: PeerCall) {
    this.#peer = peer;
    const { name, peerId } = peer.member;
    this.#video.autoplay = true;
    this.#video.playsInline = true;
    this.#video.setAttribute("aria-label", `Picture of ${name}`);
    this.#sound.type = "button";
    this.#sound.hidden = true;
    this.#sound.addEventListener("click", () => this.#play());

    const picture = make("div", { class: "tile-picture", children: [this.#video, this.#veil, this.#sound] });
    const role = make("span", { class: "tag", text: peer.polite ? "you give way" : "gives way" });
    role.title = peer.polite
      ? "You joined later, so you are the polite side: if both offer at once, you give way."
      : "You joined first, so the other side is polite: if both offer at once, it gives way.";
    const title = make("span", {
      class: "tile-name",
      children: [make("b", { text: name }), " ", this.#muted, " ", role],
    });
    this.#restart.type = "button";
    this.#restart.title = `Look for new paths to ${name}, with a new offer and new candidates.`;
    this.#restart.addEventListener("click", () => peer.restartIce());
    const head = make("div", { class: "tile-head", children: [title, this.#restart] });
    const facts = make("dl", {
      class: "facts",
      children: [
        fact("ICE", this.#ice),
        fact("Connected in", this.#connected),
        fact("Path", this.#pair),
        fact("Picture", this.#size),
        fact("Decoded", this.#frames),
        fact("Round trip", this.#roundTrip),
      ],
    });
    this.element = make("figure", {
      class: "tile",
      data: { testid: "peer-tile", peerId },
      children: [picture, make("figcaption", { class: "tile-caption", children: [head, facts] })],
    });
    this.element.setAttribute("aria-label", name);
    peer.onChange = () => this.#update();
    this.#update();
  }

  remove(): void {
    this.#peer.onChange = undefined;
    this.#video.srcObject = null;
    this.element.remove();
  }

  #update(): void {
    const { ice, facts, connectedAfterMs, stream } = this.#peer;
    if (stream !== undefined && this.#video.srcObject !== stream) {
      this.#video.srcObject = stream;
      this.#play();
    }
    this.#restart.disabled = connectedAfterMs === undefined || ice === "closed";
    const { member, signaling } = this.#peer;
    this.#muted.hidden = member.media.microphone !== "off";
    setText(this.#ice, iceWords(this.#peer));
    setData(this.#ice, { tone: iceTone(this.#peer) });
    setData(this.element, { iceState: ice, linkState: this.#peer.state, signaling });
    setText(this.#connected, connectedAfterMs === undefined ? "…" : milliseconds(connectedAfterMs));
    setData(this.#connected, {
      ms: connectedAfterMs === undefined ? "" : String(Math.round(connectedAfterMs)),
    });
    const { path, roundTripMs, video } = facts ?? {};
    setText(
      this.#pair,
      path === undefined ? "none yet" : `${path.localType} ↔ ${path.remoteType}, ${path.protocol}`,
    );
    setText(this.#roundTrip, roundTripWords(roundTripMs));
    setText(this.#size, video === undefined || video.width === 0 ? "–" : `${video.width}×${video.height}`);
    const decoded = video?.framesDecoded ?? 0;
    setText(this.#frames, `${decoded} · ${Math.round(video?.framesPerSecond ?? 0)}/s`);
    setData(this.#frames, { framesDecoded: String(decoded) });
    const veil = veilWords(this.#peer);
    this.#veil.hidden = veil === "";
    setText(this.#veil, veil);
  }

  /** A page that was not touched yet may play no sound: then it plays without, and offers a button. */
  #play(): void {
    // Without a voice there is nothing to turn on.
    this.#video.muted = this.#peer.stream?.getAudioTracks().length === 0;
    this.#sound.hidden = true;
    this.#video.play().catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
      this.#video.muted = true;
      this.#sound.hidden = false;
      // Muted, it plays by its `autoplay`.
    });
  }
}

function fact(label: string, value: HTMLElement): HTMLElement {
  return make("div", { children: [make("dt", { text: label }), value] });
}

function roundTripWords(roundTripMs: number | undefined): string {
  if (roundTripMs === undefined) return "–";
  // Browsers round it to whole milliseconds.
  return roundTripMs < 1 ? "<1 ms" : milliseconds(roundTripMs);
}

function iceWords({ ice, state, signaling }: PeerCall): string {
  if (state === "starved") return `${ice}, but nothing arrives`;
  return signaling === "away" ? `${ice}, without signaling` : ice;
}

function iceTone({ ice, state }: PeerCall): string {
  if (state === "starved") return "warn";
  if (ice === "connected" || ice === "completed") return "ok";
  return ice === "failed" ? "bad" : ice === "disconnected" ? "warn" : "";
}

function veilWords({ ice, state, signaling, stream, connectedAfterMs, member }: PeerCall): string {
  const { name, media } = member;
  if (ice === "failed" && signaling === "away")
    return `The connection to ${name} is lost, and ${name} is not in the room to repair it.`;
  if (ice === "failed") return `No path to ${name} was found. Some networks require a TURN server.`;
  if (ice === "disconnected") return `The connection to ${name} is interrupted.`;
  if (state === "starved") return `Nothing arrives from ${name}. The connection is being repaired.`;
  if (ice === "closed") return `The call with ${name} is over.`;
  if (connectedAfterMs === undefined) return `Connecting to ${name}…`;
  if (media.picture === "off") return `${name} has turned the picture off`;
  return stream === undefined ? `${name} sends no picture` : "";
}
