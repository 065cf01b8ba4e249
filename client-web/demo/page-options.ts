import { roomName } from "./room-name.ts";

/** What the address of the page asks for: `/?room=standup&name=Ada&auto=1&picture=1&hold=2`. */
export interface PageOptions {
  readonly room: string;
  readonly name: string;
  /** Join without waiting for the button. */
  readonly auto: boolean;
  /** Send the drawn picture, and ask for no camera or microphone. */
  readonly drawn: boolean;
  /** Seconds for which the cut button keeps the session away by default. */
  readonly holdSeconds: number;
}

const defaultHoldSeconds = 2;

/** Reads the options from the query of an address. */
export function pageOptions(search: string): PageOptions {
  const query = new URLSearchParams(search);
  const hold = Number(query.get("hold") ?? defaultHoldSeconds);
  return {
    room: query.get("room")?.trim() || roomName(),
    name: query.get("name")?.trim() ?? "",
    auto: query.get("auto") === "1",
    drawn: query.get("picture") === "1",
    holdSeconds: Number.isFinite(hold) && hold >= 0 ? hold : defaultHoldSeconds,
  };
}

/** The address that others open to come into the room; it carries nothing but the room. */
export function roomLink(room: string): URL {
  const link = new URL("./", location.href);
  link.searchParams.set("room", room);
  return link;
}

/** The address of a second tab that comes in at once, with the drawn picture. */
export function secondTabLink(room: string): URL {
  const link = roomLink(room);
  link.searchParams.set("picture", "1");
  link.searchParams.set("auto", "1");
  return link;
}
