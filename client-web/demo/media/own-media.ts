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

/** What this page sends: always a picture, and a voice where there is a microphone. */
export class OwnMedia {
  readonly stream: MediaStream;
  /** In words: what is sent, and why it is not what was wished. */
  readonly description: string;
  /** Whether devices that were wished were not opened, for want of a click. */
  readonly withheld: boolean;
  readonly #drawn: DrawnPicture | undefined;

  constructor(stream: MediaStream, description: string, drawn?: DrawnPicture, withheld = false) {
    this.stream = stream;
    this.description = description;
    this.withheld = withheld;
    this.#drawn = drawn;
  }

  get isDrawn(): boolean {
    return this.#drawn !== undefined;
  }

  get hasVoice(): boolean {
    return this.stream.getAudioTracks().length > 0;
  }

  setVoice(on: boolean): void {
    for (const track of this.stream.getAudioTracks()) track.enabled = on;
  }

  setPicture(on: boolean): void {
    for (const track of this.stream.getVideoTracks()) track.enabled = on;
  }

  stop(): void {
    for (const track of this.stream.getTracks()) track.stop();
    this.#drawn?.stop();
  }
}

/**
 * Opens what the visitor wants to send. It never fails: where there is no camera, or it may not be used, a
 * drawn picture takes its place.
 */
export async function openOwnMedia(wish: MediaWish): Promise<OwnMedia> {
  if (!wish.agreed) {
    const withheld = wish.picture === "camera" || wish.microphone;
    return withDrawnPicture(wish, undefined, "Drawn picture", withheld);
  }
  if (wish.picture === "drawn") {
    const { stream, why } = wish.microphone ? await capture({ audio: true }) : { stream: undefined, why: "" };
    return withDrawnPicture(wish, stream, why === "" ? "Drawn picture" : `Drawn picture. Silent: ${why}`);
  }
  const video = { width: { ideal: 1280 }, height: { ideal: 720 } };
  const camera = await capture({ video, audio: wish.microphone });
  if (camera.stream !== undefined) {
    return new OwnMedia(camera.stream, wish.microphone ? "Camera and microphone" : "Camera");
  }
  // One missing device fails the whole request: ask for each by itself.
  if (wish.microphone) {
    const silent = await capture({ video });
    if (silent.stream !== undefined) return new OwnMedia(silent.stream, `Camera. Silent: ${camera.why}`);
    const voice = await capture({ audio: true });
    return withDrawnPicture(wish, voice.stream, `Drawn picture: ${silent.why}`);
  }
  return withDrawnPicture(wish, undefined, `Drawn picture: ${camera.why}`);
}

function withDrawnPicture(
  wish: MediaWish,
  voice: MediaStream | undefined,
  description: string,
  withheld = false,
): OwnMedia {
  const drawn = drawPicture(wish.name, wish.calm);
  const stream = new MediaStream([drawn.track, ...(voice?.getAudioTracks() ?? [])]);
  return new OwnMedia(stream, description, drawn, withheld);
}

interface Capture {
  readonly stream: MediaStream | undefined;
  /** Why there is no stream; empty where there is one. */
  readonly why: string;
}

async function capture(constraints: MediaStreamConstraints): Promise<Capture> {
  // Absent outside of secure contexts: everything but https and localhost.
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  if (devices === undefined) return { stream: undefined, why: "the browser wants https for that" };
  const what = constraints.video === undefined ? "microphone" : "camera";
  try {
    return { stream: await devices.getUserMedia(constraints), why: "" };
  } catch (error) {
    return { stream: undefined, why: captureFailure(error, what) };
  }
}

/** The exceptions of W3C Media Capture and Streams, section 10.3.2, in words. */
function captureFailure(error: unknown, what: string): string {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return `the ${what} may not be used`;
    case "NotFoundError":
    case "OverconstrainedError":
      return `no ${what} was found`;
    case "NotReadableError":
      return `the ${what} is in use elsewhere`;
    default:
      return `the ${what} did not start`;
  }
}
