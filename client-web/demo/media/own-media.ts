import { capture } from "./capture.ts";
import { type DrawnPicture, drawPicture } from "./drawn-picture.ts";

/** What the visitor wants to send. */
export interface MediaWish {
  readonly picture: "camera" | "drawn";
  readonly microphone: boolean;
  /** Written into the drawn picture. */
  readonly name: string;
  /** Less motion in the drawn picture. */
  readonly calm: boolean;
  /** Whether the visitor has agreed to it with a click. Without one, no device is opened. */
  readonly agreed: boolean;
}

/** What this page sends at the moment, and what others are shown of it. */
export interface MediaState {
  readonly picture: "camera" | "drawn" | "off";
  readonly microphone: "on" | "off" | "none";
}

/** Where the media goes. */
export interface MediaTarget {
  /** Replaces a track by another one, or by nothing. */
  replaceTrack(before: MediaStreamTrack, after: MediaStreamTrack | null): Promise<void>;
  /** Sends the tracks of the stream that are not sent yet. */
  addStream(stream: MediaStream): void;
  /** What is sent has changed. */
  publish(state: MediaState): void;
}

/** What this page sends. Devices are open only while they are in use, and can be added at any time. */
export class OwnMedia {
  readonly stream = new MediaStream();
  /** Is called after each change. */
  onChange: (() => void) | undefined;
  #wish: MediaWish;
  #target: MediaTarget | undefined;
  /** The picture that is sent, or was until it was turned off. */
  #picture: MediaStreamTrack | undefined;
  #drawn: DrawnPicture | undefined;
  #on = false;
  #problems: readonly string[] = [];

  constructor(wish: MediaWish) {
    this.#wish = wish;
  }

  get state(): MediaState {
    const [voice] = this.stream.getAudioTracks();
    return {
      picture: !this.#on ? "off" : this.#drawn === undefined ? "camera" : "drawn",
      microphone: voice === undefined ? "none" : voice.enabled ? "on" : "off",
    };
  }

  /** Why something that was wished is not sent; empty if everything is. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Whether devices were wished and not opened, for want of a click. */
  get withheld(): boolean {
    const { agreed, picture, microphone } = this.#wish;
    return !agreed && (picture === "camera" || microphone);
  }

  /** In words: what is sent. */
  get description(): string {
    const { picture, microphone } = this.state;
    const pictures = { camera: "Camera", drawn: "Drawn picture", off: "No picture" };
    return `${pictures[picture]}, ${microphone === "on" ? "with sound" : "silent"}`;
  }

  /** The call is there: from now on, changes reach the others. */
  sendTo(target: MediaTarget): void {
    this.#target = target;
    // What was changed while the call was being joined.
    target.publish(this.state);
  }

  /** Opens what is wished. Never fails: without a camera, the drawn picture takes its place. */
  async open(): Promise<void> {
    const { agreed, picture, microphone } = this.#wish;
    const problems: string[] = [];
    if (agreed && microphone && this.state.microphone === "none") problems.push(...(await this.#openVoice()));
    if (agreed && picture === "camera" && this.state.picture !== "camera") {
      const { track, why } = await capture("camera");
      if (track !== undefined) await this.#show(track);
      else problems.push(why);
    }
    if (this.#picture === undefined) await this.#draw();
    this.#problems = problems;
    this.#changed();
  }

  /** The visitor clicked: opens the devices that are wished and not there. */
  async openDevices(): Promise<void> {
    this.#wish = { ...this.#wish, agreed: true };
    await this.open();
  }

  /** A camera that is off is free for others, and its light is out. */
  async setPicture(on: boolean): Promise<void> {
    if (on === this.#on) return;
    if (on) {
      if (this.#wish.picture === "camera" && this.#wish.agreed) await this.open();
      if (!this.#on) await this.#draw();
    } else {
      this.#on = false;
      const picture = this.#picture;
      this.#release();
      if (picture !== undefined) await this.#target?.replaceTrack(picture, null);
    }
    this.#changed();
  }

  async setVoice(on: boolean): Promise<void> {
    const [voice] = this.stream.getAudioTracks();
    if (voice !== undefined) voice.enabled = on;
    else if (on) this.#problems = await this.#openVoice();
    this.#changed();
  }

  stop(): void {
    for (const track of this.stream.getTracks()) track.stop();
    this.#drawn?.stop();
    this.onChange = undefined;
  }

  async #openVoice(): Promise<string[]> {
    const { track, why } = await capture("microphone");
    if (track === undefined) return [why];
    this.stream.addTrack(track);
    this.#target?.addStream(this.stream);
    return [];
  }

  async #draw(): Promise<void> {
    const drawn = drawPicture(this.#wish.name, this.#wish.calm);
    await this.#show(drawn.track, drawn);
  }

  /** Sends this picture from now on. */
  async #show(track: MediaStreamTrack, drawn?: DrawnPicture): Promise<void> {
    const before = this.#picture;
    this.#release();
    this.#picture = track;
    this.#drawn = drawn;
    this.#on = true;
    this.stream.addTrack(track);
    if (before !== undefined) await this.#target?.replaceTrack(before, track);
    // Links that began while there was no picture.
    this.#target?.addStream(this.stream);
  }

  #release(): void {
    if (this.#picture !== undefined) this.stream.removeTrack(this.#picture);
    this.#picture?.stop();
    this.#drawn?.stop();
    this.#drawn = undefined;
  }

  #changed(): void {
    this.#target?.publish(this.state);
    this.onChange?.();
  }
}
