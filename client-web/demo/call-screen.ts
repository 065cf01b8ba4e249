import { announce } from "./announcer.ts";
import type { Call, CallObserver, Member, PeerCall, SeenSignal, SessionState, Waiter } from "./call/call.ts";
import { byId, setData } from "./dom.ts";
import { errorWords } from "./error-words.ts";
import type { OwnMedia } from "./media/own-media.ts";
import { ControlsView } from "./views/controls-view.ts";
import { LobbyView } from "./views/lobby-view.ts";
import { milliseconds } from "./views/milliseconds.ts";
import { type Notice, showNotice } from "./views/notice.ts";
import { RosterView } from "./views/roster-view.ts";
import { SessionView } from "./views/session-view.ts";
import { StageView } from "./views/stage-view.ts";
import { TimelineView } from "./views/timeline-view.ts";

/** What a call screen is made from. */
export interface CallScreenOptions {
  readonly room: string;
  readonly name: string;
  readonly media: OwnMedia;
  readonly holdSeconds: number;
  /** The visitor leaves. */
  onLeave(): void;
  /** The visitor clicks for the devices that are not open. */
  onDevices(): void;
  /** The visitor clicks for a new session: the old one is over. */
  onRejoin(): void;
}

/** The screen of one call, from the join to the leave: passes to the views what the call reports. */
export class CallScreen implements CallObserver {
  readonly #section = byId("call", HTMLElement);
  readonly #notice = byId("call-notice", HTMLElement);
  readonly #options: CallScreenOptions;
  readonly #over = new AbortController();
  readonly #stage: StageView;
  readonly #session: SessionView;
  readonly #timeline: TimelineView;
  readonly #controls: ControlsView;
  readonly #peers = new Set<PeerCall>();
  readonly #lobby = new LobbyView();
  #waiting = 0;
  #roster: RosterView | undefined;
  #call: Call | undefined;
  #phase: SessionState["phase"] = "connecting";
  #node = "";

  constructor(options: CallScreenOptions) {
    const { room, name, media, holdSeconds, onLeave } = options;
    this.#options = options;
    this.#stage = new StageView(room, name, media, this.#over.signal);
    this.#session = new SessionView(holdSeconds, (ms) => this.#call?.cut(ms), this.#over.signal);
    this.#timeline = new TimelineView(this.#over.signal);
    this.#controls = new ControlsView(media, onLeave, this.#over.signal);
    media.onChange = () => this.#mediaChanged();
    showNotice(this.#notice, undefined);
  }

  get others(): number {
    return this.#peers.size;
  }

  /** The call is there: from here on the screen is seen. */
  show(call: Call): void {
    this.#call = call;
    this.#options.media.sendTo(call);
    this.#offerDevices();
    this.#section.hidden = false;
    byId("main", HTMLElement).focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }

  #mediaChanged(): void {
    this.#controls.show();
    this.#offerDevices();
  }

  /** Says which devices are missing, and why; they can be added at any time. */
  #offerDevices(): void {
    const { media } = this.#options;
    const { withheld, problems } = media;
    const shown = this.#notice.getAttribute("data-about") === "devices";
    if (!withheld && problems.length === 0) {
      if (shown) this.#show(undefined);
      return;
    }
    if (this.#phase === "reconnecting") return;
    const notice = {
      tone: "warn",
      title: withheld ? "Your camera and microphone are off" : "Not everything you chose is being sent",
      text: withheld ? "A link opened this call. Only you can turn them on." : `${sentence(problems)}.`,
      action: { label: withheld ? "Turn them on" : "Try again", run: this.#options.onDevices },
    } as const;
    this.#show(notice, "devices");
  }

  #show(notice: Notice | undefined, about = "session"): void {
    showNotice(this.#notice, notice);
    setData(this.#notice, { about });
  }

  hide(): void {
    this.#over.abort();
    this.#session.hide();
    this.#lobby.show([]);
    this.#section.hidden = true;
  }

  joined(self: Member): void {
    this.#roster = new RosterView(self);
    this.#timeline.mark(`joined as ${self.peerId}`, "ok");
  }

  session(state: SessionState): void {
    this.#session.show(state);
    if (this.#node !== "" && state.node !== this.#node) this.#timeline.mark(`now on node ${state.node}`);
    this.#node = state.node;
    if (state.phase === this.#phase) return;
    this.#phase = state.phase;
    this.#timeline.setOffline(state.phase === "reconnecting");
    // Who is in the room is known when the service has answered.
    this.#section.toggleAttribute("data-away", state.phase === "reconnecting");
    if (state.phase === "reconnecting") {
      this.#timeline.mark("signaling connection lost", "warn");
      this.#show({
        tone: "warn",
        title: "The signaling connection is lost",
        text: `Calls continue without it, but a broken path is not repaired. ${state.advice}`,
      });
    } else {
      if (state.phase === "resumed") this.#timeline.mark(`resumed after ${milliseconds(state.awayMs)}`, "ok");
      this.#show(undefined);
      this.#offerDevices();
    }
  }

  signal(signal: SeenSignal): void {
    this.#timeline.signal(signal);
    this.#session.count(signal);
  }

  lobby(waiting: readonly Waiter[]): void {
    const newest = waiting.at(-1);
    if (waiting.length > this.#waiting && newest !== undefined) {
      announce(`${newest.member.name} waits to come in`);
      this.#timeline.mark(`${newest.member.name} waits to come in`);
    }
    this.#waiting = waiting.length;
    this.#lobby.show(waiting);
  }

  peerJoined(peer: PeerCall): void {
    this.#peers.add(peer);
    this.#stage.add(peer);
    this.#roster?.add(peer);
    this.#timeline.mark(`${peer.member.name} is in the room`);
    announce(`${peer.member.name} is in the room`);
  }

  peerChanged(peer: PeerCall): void {
    this.#roster?.update(peer);
  }

  peerLeft(peer: PeerCall, words: string): void {
    this.#peers.delete(peer);
    this.#stage.remove(peer);
    this.#roster?.remove(peer);
    this.#timeline.mark(`${peer.member.name} ${words}`);
    announce(`${peer.member.name} ${words}`);
  }

  failed(peer: PeerCall, reason: string, message: string): void {
    this.#timeline.mark(`${peer.member.name}: ${reason}, ${message}`, "bad");
  }

  renewed(reason: string, message: string): void {
    const { title } = errorWords(reason, message);
    this.#timeline.mark(`new session after ${reason}`, "bad");
    announce(`${title} A new one begins.`);
    if (this.#phase !== "reconnecting") return;
    this.#show({
      tone: "warn",
      title,
      text: "A new session begins. Established calls continue.",
    });
  }

  closed(reason: string, message: string): void {
    const words = errorWords(reason, message);
    this.#timeline.mark(`session over: ${reason}`, "bad");
    announce(words.title);
    this.#show({
      tone: "bad",
      title: words.title,
      text: words.advice,
      reason,
      action: { label: "Join again", run: this.#options.onRejoin },
    });
  }
}

/** `access to the camera was denied, no microphone was found`, as a sentence. */
function sentence(parts: readonly string[]): string {
  const text = parts.join(", and ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
