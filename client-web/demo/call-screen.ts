import { announce } from "./announcer.ts";
import type { Call, CallObserver, Member, PeerCall, SeenSignal, SessionState } from "./call/call.ts";
import { byId } from "./dom.ts";
import { errorWords } from "./error-words.ts";
import type { OwnMedia } from "./media/own-media.ts";
import { ControlsView } from "./views/controls-view.ts";
import { milliseconds } from "./views/milliseconds.ts";
import { showNotice } from "./views/notice.ts";
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
  /** The visitor clicks for a new session: the old one is over, or has no devices. */
  onRejoin(): void;
}

/** The screen of one call, from the join to the leave: tells the views what the call tells it. */
export class CallScreen implements CallObserver {
  readonly #section = byId("call", HTMLElement);
  readonly #notice = byId("call-notice", HTMLElement);
  readonly #options: CallScreenOptions;
  readonly #over = new AbortController();
  readonly #stage: StageView;
  readonly #session: SessionView;
  readonly #timeline: TimelineView;
  readonly #peers = new Set<PeerCall>();
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
    new ControlsView(media, onLeave, this.#over.signal);
    showNotice(this.#notice, undefined);
  }

  get others(): number {
    return this.#peers.size;
  }

  /** The call is there: from here on the screen is seen. */
  show(call: Call): void {
    this.#call = call;
    if (this.#options.media.withheld) this.#offerDevices();
    this.#section.hidden = false;
    byId("main", HTMLElement).focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }

  #offerDevices(): void {
    showNotice(this.#notice, {
      tone: "warn",
      title: "Your camera and microphone are off",
      text: "A link opened this call. Only you can turn them on.",
      action: { label: "Turn them on", run: this.#options.onRejoin },
    });
  }

  hide(): void {
    this.#over.abort();
    this.#session.hide();
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
      showNotice(this.#notice, {
        tone: "warn",
        title: "The signaling connection is away",
        text: "Video and sound go on without it. Signals wait, unless the service has forgotten the session: then it begins anew.",
      });
    } else {
      if (state.phase === "resumed") this.#timeline.mark(`resumed after ${milliseconds(state.awayMs)}`, "ok");
      showNotice(this.#notice, undefined);
    }
  }

  signal(signal: SeenSignal): void {
    this.#timeline.signal(signal);
    this.#session.count(signal);
  }

  peerJoined(peer: PeerCall): void {
    this.#peers.add(peer);
    this.#stage.add(peer);
    this.#roster?.add(peer.member);
    this.#timeline.mark(`${peer.member.name} is in the room`);
    announce(`${peer.member.name} is in the room`);
  }

  peerLeft(peer: PeerCall, words: string): void {
    this.#peers.delete(peer);
    this.#stage.remove(peer);
    this.#roster?.remove(peer.member);
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
    showNotice(this.#notice, {
      tone: "warn",
      title,
      text: "A new session begins: everybody is met anew, and called again.",
    });
  }

  closed(reason: string, message: string): void {
    const words = errorWords(reason, message);
    this.#timeline.mark(`session over: ${reason}`, "bad");
    announce(words.title);
    showNotice(this.#notice, {
      tone: "bad",
      title: words.title,
      text: words.advice,
      reason,
      action: { label: "Join again", run: this.#options.onRejoin },
    });
  }
}
