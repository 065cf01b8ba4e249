import type { ClientLine } from "./line.ts";

/** What one client did and saw, in its own order. */
export class Diary {
  readonly lines: ClientLine[] = [];

  get died(): boolean {
    return this.lines.some(({ e }) => e === "die");
  }

  /** Whether it was notified, from a time on, that what passes between it and another may be gone; or is gone itself. */
  wasNotified(other: string, from: number): boolean {
    return (
      this.died ||
      this.lines.some(
        (line) => line.t >= from && (line.e === "reset" || (line.e === "gone" && line.who === other)),
      )
    );
  }

  /** Who is there at its end, as it knows. */
  get present(): Set<string> {
    const present = new Set<string>();
    for (const line of this.lines) {
      if (line.e === "meet") present.add(line.who);
      if (line.e === "gone") present.delete(line.who);
    }
    return present;
  }

  /** How long it had no stream after a time, in milliseconds. */
  awayMsSince(since: number): number {
    let awayMs = 0;
    let downAt: number | undefined;
    for (const { e, t } of this.lines) {
      if (e === "down") downAt ??= t;
      if (e !== "up" || downAt === undefined) continue;
      awayMs += Math.max(0, t - Math.max(downAt, since));
      downAt = undefined;
    }
    return awayMs;
  }
}
