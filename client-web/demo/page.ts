import type { Call } from "./call/call.ts";
import { JoinError } from "./call/call.ts";
import { joinCall } from "./call/join-call.ts";
import { CallScreen } from "./call-screen.ts";
import { errorWords } from "./error-words.ts";
import { clickMemory } from "./media/click-memory.ts";
import { OwnMedia } from "./media/own-media.ts";
import { pageOptions } from "./page-options.ts";
import { type EntryForm, EntryView } from "./views/entry-view.ts";
import { LeftView } from "./views/left-view.ts";

/** A call on the screen, and all that ends with it. */
interface Running {
  readonly room: string;
  readonly call: Call;
  readonly screen: CallScreen;
  readonly media: OwnMedia;
}

const options = pageOptions(location.search);
const clicks = clickMemory();
const entry = new EntryView(options, joinByClick, () => joining?.abort());
const left = new LeftView(
  () => joinByClick(entry.read()),
  () => {
    left.hide();
    entry.offerAnotherRoom();
    entry.show();
  },
);
let joining: AbortController | undefined;
let running: Running | undefined;

const form = clicks.recall(entry.read());
// A page that is loaded again goes on as who it was.
if (options.auto || clicks.covers(form.room)) void join(form, clicks.covers(form.room));

function joinByClick(form: EntryForm): void {
  clicks.clicked(form);
  void join(form, true);
}

/** @param agreed whether devices may be opened */
async function join(form: EntryForm, agreed: boolean): Promise<void> {
  joining?.abort();
  const attempt = new AbortController();
  joining = attempt;
  left.hide();
  entry.show();
  entry.busy(agreed && form.picture === "camera" ? "Starting your camera…" : "Joining…");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const media = new OwnMedia({ ...form, calm, agreed });
  await media.open();
  let screen: CallScreen | undefined;
  try {
    attempt.signal.throwIfAborted();
    entry.busy("Joining…");
    screen = new CallScreen({
      room: form.room,
      name: form.name,
      media,
      holdSeconds: options.holdSeconds,
      onLeave: () => void leave(),
      onDevices: () => {
        clicks.clicked(form);
        void media.openDevices();
      },
      onRejoin: () => void leave().then(() => joinByClick(form)),
    });
    const { room, name } = form;
    const onWaiting = (position: number) => entry.wait(position);
    const wish = { room, name, stream: media.stream, media: media.state, signal: attempt.signal, onWaiting };
    const call = await joinCall(wish, screen);
    running = { room, call, screen, media };
    entry.hide();
    screen.show(call);
    document.title = `${room} · Parley`;
    const address = new URL(location.href);
    address.searchParams.set("room", room);
    history.replaceState(null, "", address);
  } catch (error) {
    media.stop();
    screen?.hide();
    if (attempt.signal.aborted) return entry.show();
    const { reason, message } = error instanceof JoinError ? error : new JoinError("INTERNAL", String(error));
    entry.fail(errorWords(reason, message), reason);
  }
}

async function leave(): Promise<void> {
  clicks.left();
  const { room, call, screen, media } = running ?? {};
  running = undefined;
  if (call === undefined || screen === undefined || media === undefined || room === undefined) return;
  const { others } = screen;
  screen.hide();
  media.stop();
  document.title = "Parley";
  left.show(room, others);
  await call.leave();
}
