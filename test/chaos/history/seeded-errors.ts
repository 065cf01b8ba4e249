import { pick } from "../random.ts";
import type { Fault } from "./check.ts";
import { Diary } from "./diary.ts";
import type { ClientLine, Line } from "./line.ts";

type Delivery = Extract<ClientLine, { readonly e: "deliver" }>;

/** An error that a checker has to find, made in a history that has none. */
export interface SeededError {
  readonly fault: Fault;
  /** Makes it, at a place that is drawn; undefined if the history has no place for it. */
  make(history: readonly Line[], random: () => number): Line[] | undefined;
}

export const seededErrors: readonly SeededError[] = [
  {
    fault: "lost",
    make(history, random) {
      const isUnexcused = unexcusedIn(history);
      const hidden = draw(deliveriesOf(history), random, (delivery) =>
        isUnexcused(delivery) ? delivery : undefined,
      );
      return hidden && history.filter((line) => line !== hidden);
    },
  },
  {
    fault: "duplicated",
    make(history, random) {
      const deliveries = deliveriesOf(history);
      if (deliveries.length === 0) return undefined;
      const again = pick(deliveries, random);
      const later = history.indexOf(again) + 1 + Math.floor(random() * 20);
      return history.toSpliced(later, 0, again);
    },
  },
  {
    fault: "reordered",
    make(history, random) {
      const deliveries = deliveriesOf(history);
      const pair = draw(deliveries, random, (first) => {
        const isNext = ({ at, from }: Delivery) => at === first.at && from === first.from;
        const second = deliveries.find((each, index) => index > deliveries.indexOf(first) && isNext(each));
        return second && { first, second };
      });
      if (pair === undefined) return undefined;
      const { first, second } = pair;
      return history.map((line) => (line === first ? second : line === second ? first : line));
    },
  },
  {
    fault: "altered",
    make(history, random) {
      const deliveries = deliveriesOf(history);
      if (deliveries.length === 0) return undefined;
      const chosen = pick(deliveries, random);
      return history.map((line) => (line === chosen ? { ...chosen, id: `${chosen.id}?` } : line));
    },
  },
];

const draws = 100;

/** Draws items until one of them will do. */
function draw<Item, Result>(
  items: readonly Item[],
  random: () => number,
  take: (item: Item) => Result | undefined,
): Result | undefined {
  for (let i = 0; i < draws && items.length > 0; i++) {
    const result = take(pick(items, random));
    if (result !== undefined) return result;
  }
  return undefined;
}

/** Whether a delivery had to come: its signal was acknowledged, and one side was not notified of a loss. */
function unexcusedIn(history: readonly Line[]): (delivery: Delivery) => boolean {
  const acked = new Set(history.flatMap((line) => (line.e === "ack" ? [line.id] : [])));
  const sentAt = new Map(history.flatMap((line) => (line.e === "send" ? [[line.id, line.t] as const] : [])));
  const diaries = diariesOf(history);
  return ({ id, at, from }) => {
    const since = sentAt.get(id) ?? 0;
    const bothNotified =
      diaries.get(at)?.wasNotified(from, since) === true &&
      diaries.get(from)?.wasNotified(at, since) === true;
    return acked.has(id) && !bothNotified;
  };
}

function deliveriesOf(history: readonly Line[]): Delivery[] {
  const dead = new Set(history.flatMap((line) => (line.e === "die" ? [line.at] : [])));
  // What a client that died has written down is not all that it did.
  return history.filter(
    (line): line is Delivery => line.e === "deliver" && !dead.has(line.at) && !dead.has(line.from),
  );
}

function diariesOf(history: readonly Line[]): Map<string, Diary> {
  const diaries = new Map<string, Diary>();
  for (const line of history) {
    if (line.e === "start") continue;
    const diary = diaries.get(line.at) ?? new Diary();
    diary.lines.push(line);
    diaries.set(line.at, diary);
  }
  return diaries;
}
