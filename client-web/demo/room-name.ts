const qualities = [
  "amber",
  "brisk",
  "calm",
  "clear",
  "copper",
  "early",
  "gentle",
  "golden",
  "green",
  "kind",
  "late",
  "light",
  "lucky",
  "mellow",
  "open",
  "plain",
  "quiet",
  "rapid",
  "silver",
  "steady",
  "sunny",
  "swift",
  "warm",
  "wide",
];
const places = [
  "anchor",
  "bay",
  "bridge",
  "cedar",
  "cove",
  "delta",
  "field",
  "garden",
  "harbor",
  "hill",
  "island",
  "lake",
  "lantern",
  "maple",
  "meadow",
  "orchard",
  "pier",
  "quay",
  "river",
  "shore",
  "summit",
  "terrace",
  "valley",
  "willow",
];

/**
 * A random name for a room that is easy to read out, such as `quiet-harbor-417`. It is no secret: about
 * half a million names, which keeps strangers apart and nobody out.
 */
export function roomName(random: () => number = Math.random): string {
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? "open";
  return `${pick(qualities)}-${pick(places)}-${100 + Math.floor(random() * 900)}`;
}
