import { Diary } from "./diary.ts";
import type { ClientLine, Line } from "./line.ts";

/** What may not be, in a history. */
export type Fault =
  | "lost"
  | "duplicated"
  | "reordered"
  | "altered"
  | "unanswered"
  | "unfounded"
  | "reset"
  | "ended"
  | "missed"
  | "ghost";

export interface Finding {
  readonly fault: Fault;
  readonly text: string;
}

type Start = Extract<Line, { readonly e: "start" }>;
type Sent = Extract<ClientLine, { readonly e: "send" }> & { readonly place: number };

/** How much earlier than a client the service may have noticed that its stream was lost, in milliseconds. */
const noticeMs = 1500;
/** How long after its window a session may linger, in milliseconds. */
const lingerMs = 10_000;

/**
 * Judges a recorded history by the promise: each acknowledged signal was delivered exactly once, in the order of its
 * sender, or both sides were notified; nobody lost a session who was not away for longer than the window; nobody is
 * taken for present who is gone. It knows nothing of the harness and reads what the clients wrote.
 */
export function check([start, ...lines]: readonly Line[]): Finding[] {
  if (start?.e !== "start") throw new Error("a history begins with its start");
  const findings: Finding[] = [];
  const found = (fault: Fault, text: string) => findings.push({ fault, text });
  const diaries = new Map<string, Diary>(Object.keys(start.rooms).map((name) => [name, new Diary()]));
  for (const line of lines) {
    if (line.e === "start") throw new Error("a history has one start");
    diaryOf(diaries, line.at).lines.push(line);
  }
  const sends = sendsOf(diaries);
  const delivered = checkDeliveries(diaries, sends, found);
  checkFates(diaries, sends, delivered, found);
  if (!start.mayLose) checkSessions(diaries, start, found);
  checkRosters(diaries, start, found);
  return findings;
}

type Found = (fault: Fault, text: string) => void;
type Diaries = ReadonlyMap<string, Diary>;

function diaryOf(diaries: Diaries, name: string): Diary {
  const diary = diaries.get(name);
  if (diary === undefined) throw new Error(`${name} has no room`);
  return diary;
}

function sendsOf(diaries: Diaries): Map<string, Sent> {
  const sends = new Map<string, Sent>();
  for (const { lines } of diaries.values()) {
    for (const [place, line] of lines.entries()) {
      if (line.e !== "send") continue;
      if (sends.has(line.id))
        throw new Error(`${line.at} sent ${line.id} twice: no delivery can be told from another`);
      sends.set(line.id, { ...line, place });
    }
  }
  return sends;
}

/** Each delivery is one of what was sent, to this client, once, and behind what was sent before it. */
function checkDeliveries(diaries: Diaries, sends: ReadonlyMap<string, Sent>, found: Found): Set<string> {
  const delivered = new Set<string>();
  for (const [name, { lines }] of diaries) {
    const newest = new Map<string, number>();
    for (const line of lines) {
      if (line.e !== "deliver") continue;
      const { id, from } = line;
      const sent = sends.get(id);
      if (sent === undefined) {
        // What a client did last before it was ended, it could not write down.
        if (!diaryOf(diaries, from).died)
          found("altered", `${name} received ${id} of ${from}, who never sent it`);
        continue;
      }
      if (sent.to !== name || sent.at !== from)
        found("altered", `${name} received ${id}, of ${sent.at} to ${sent.to}`);
      if (delivered.has(id)) found("duplicated", `${name} received ${id} of ${from} again`);
      else if (sent.place < (newest.get(from) ?? -1))
        found("reordered", `${name} received ${id} of ${from} late`);
      delivered.add(id);
      newest.set(from, Math.max(sent.place, newest.get(from) ?? -1));
    }
  }
  return delivered;
}

/** What became of each signal, as both sides know it. */
function checkFates(
  diaries: Diaries,
  sends: ReadonlyMap<string, Sent>,
  delivered: ReadonlySet<string>,
  found: Found,
): void {
  const fates = new Map<string, ClientLine>();
  for (const { lines } of diaries.values())
    for (const line of lines) if (line.e === "ack" || line.e === "refuse") fates.set(line.id, line);
  for (const { id, at, to, t } of sends.values()) {
    const fate = fates.get(id);
    const arrived = delivered.has(id);
    const [sender, recipient] = [diaryOf(diaries, at), diaryOf(diaries, to)];
    if (fate === undefined) {
      if (!sender.died) found("unanswered", `${at} never learned what became of ${id}`);
    } else if (fate.e === "refuse") {
      if (arrived && fate.by === "service")
        found("unfounded", `${id} of ${at} was refused, and delivered to ${to}`);
    } else if (!arrived) {
      const unaware = [
        sender.wasNotified(to, t) ? [] : [at],
        recipient.wasNotified(at, t) ? [] : [to],
      ].flat();
      if (unaware.length > 0)
        found("lost", `${id} of ${at} to ${to} was acknowledged; unaware: ${unaware.join(", ")}`);
    }
  }
}

/** Nobody loses a session who was not away for longer than the window. */
function checkSessions(diaries: Diaries, { windowMs }: Start, found: Found): void {
  for (const [name, { lines }] of diaries) {
    let downAt: number | undefined;
    for (const line of lines) {
      if (line.e === "up") downAt = undefined;
      if (line.e === "down") downAt ??= line.t;
      if (line.e === "over" && line.reason !== "left")
        found("ended", `the session of ${name} is over: ${line.reason}`);
      const awayMs = downAt === undefined ? 0 : line.t - downAt;
      if (line.e === "reset" && awayMs < windowMs - noticeMs) {
        found("reset", `${name} lost its session after ${awayMs} ms: ${line.reason}`);
      }
    }
  }
}

/** At the end each client knows who is there; and each death was reported in time. */
function checkRosters(diaries: Diaries, { rooms, windowMs, mayLose }: Start, found: Found): void {
  for (const [name, diary] of diaries) {
    if (diary.died) continue;
    const { present } = diary;
    for (const [other, { lines, died }] of diaries) {
      if (other === name || rooms[other] !== rooms[name]) continue;
      const left = lines.some(({ e }) => e === "over");
      if (!died && !left && !present.has(other))
        found("missed", `${name} does not know that ${other} is there`);
      const diedAt = lines.find(({ e }) => e === "die")?.t;
      if (diedAt === undefined) continue;
      const goneAt = diary.lines.find(
        (line) => line.e === "gone" && line.who === other && line.t >= diedAt,
      )?.t;
      if (present.has(other) || (goneAt === undefined && !mayLose))
        found("ghost", `${name} still sees ${other}, who died`);
      else if (goneAt !== undefined && goneAt - diedAt > windowMs + lingerMs + diary.awayMsSince(diedAt)) {
        found("ghost", `${name} saw ${other} for ${goneAt - diedAt} ms after its death`);
      }
    }
  }
}
