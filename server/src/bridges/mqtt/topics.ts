const prefix = "parley/v1";

/** Retained: which bridge serves the devices. The Will of that bridge empties it. */
export const presenceTopic = `${prefix}/bridge`;

/** What a bridge subscribes to, to receive from all devices. */
export const deviceFilters: readonly string[] = [`${prefix}/+/+/up`, `${prefix}/+/+/gone`];

/** A topic of one device. */
export interface DeviceTopic {
  /** All of it but the last level, as the device spells it. */
  readonly base: string;
  /** What the device sends, or the Will that the broker publishes when the device is gone. */
  readonly kind: "up" | "gone";
  /** The names that it stands for; absent if they are not valid, or not spelled as `deviceBase` spells them. */
  readonly names: DeviceNames | undefined;
}

/** Whom a topic belongs to. */
export interface DeviceNames {
  readonly room: string;
  readonly peerId: string;
}

/** The levels of a topic for a device: the bridge publishes to `…/down`. */
export function deviceBase({ room, peerId }: DeviceNames): string {
  return `${prefix}/${escapeName(room)}/${escapeName(peerId)}`;
}

/** Reads a topic that matches `deviceFilters`; undefined for any other. */
export function readTopic(topic: string): DeviceTopic | undefined {
  const [, base, room, peerId, kind] = form.exec(topic) ?? [];
  if (base === undefined || room === undefined || peerId === undefined) return undefined;
  const names = { room: unescapeName(room), peerId: unescapeName(peerId) };
  // One name has one topic: rights in the broker are bound to the spelling. And a bridge looks for files by the name.
  const isOne = nameForm.test(names.room) && nameForm.test(names.peerId) && deviceBase(names) === base;
  return { base, kind: kind === "up" ? "up" : "gone", names: isOne ? names : undefined };
}

const form = new RegExp(`^(${prefix}/([^/]*)/([^/]*))/(up|gone)$`);

/** The characters of a name in the contract. How many there may be, the service knows. */
const nameForm = /^[A-Za-z0-9._~:@+-]+$/;

/** Only `+` has a meaning in a topic, of what a name may contain. */
function escapeName(name: string): string {
  return name.replaceAll("+", "%2B");
}

function unescapeName(level: string): string {
  return level.replaceAll("%2B", "+");
}
