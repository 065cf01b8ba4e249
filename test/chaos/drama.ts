import { setTimeout as pause } from "node:timers/promises";
import { until } from "../kit/until.ts";
import type { PeerEvent } from "./peer-event.ts";
import type { Profile } from "./profile.ts";
import type { Stage } from "./stage.ts";

/** What a scenario has in hand while the peers call one another. */
export interface DramaInit {
  readonly stage: Stage;
  readonly profile: Profile;
  readonly random: () => number;
  /** Ends some peers for good, without notice, and returns which. */
  readonly doom: () => Promise<readonly string[]>;
  /** The peers that come over MQTT. */
  readonly devices: readonly string[];
}

/** One run of a scenario: its faults, and the proof that they happened. */
export class Drama {
  readonly stage: Stage;
  readonly profile: Profile;
  readonly random: () => number;
  readonly #doom: () => Promise<readonly string[]>;
  readonly #devices: Set<string>;
  /** Faults that happened. */
  faults = 0;
  readonly notes: string[] = [];
  readonly #streamsLost = new Map<string, number>();
  readonly #nodeOf = new Map<string, string>();
  readonly #open = new Set<string>();
  /** When each peer has opened its newest stream. */
  readonly #openedAt = new Map<string, number>();

  constructor({ stage, profile, random, doom, devices }: DramaInit) {
    this.stage = stage;
    this.profile = profile;
    this.random = random;
    this.#doom = doom;
    this.#devices = new Set(devices);
  }

  /** Sees what the peers see. */
  take(event: PeerEvent): void {
    if (event.kind === "open") {
      this.#open.add(event.peer);
      this.#openedAt.set(event.peer, event.at);
      this.#nodeOf.set(event.peer, event.node);
    } else if (event.kind === "away") {
      this.#open.delete(event.peer);
      this.#streamsLost.set(event.reason, (this.#streamsLost.get(event.reason) ?? 0) + 1);
    }
  }

  /** How many streams the peers have lost so far. */
  get streamsLost(): number {
    return [...this.#streamsLost.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Why, and how often. */
  get reasons(): string {
    return [...this.#streamsLost].map(([reason, count]) => `${reason} ${count}`).join(", ");
  }

  /** Ends some peers for good, without a word. */
  async doom(): Promise<void> {
    for (const peer of await this.#doom()) {
      this.#open.delete(peer);
      this.#devices.delete(peer);
    }
  }

  /** How many living peers come over MQTT. */
  get devices(): number {
    return this.#devices.size;
  }

  /** Whether each of them has opened a stream since then, in milliseconds since the epoch. */
  devicesAreBackSince(at: number): boolean {
    return [...this.#devices].every((peer) => (this.#openedAt.get(peer) ?? 0) > at);
  }

  peersOn(node: string): string[] {
    return [...this.#nodeOf]
      .filter(([peer, on]) => on === node && this.#open.has(peer))
      .map(([peer]) => peer);
  }

  /** A fault happened, and this shows it. Throws if it did not. */
  happened(really: boolean, what: string): void {
    if (!really) throw new Error(`the fault did not happen: ${what}`);
    this.faults++;
  }

  /** What must hold in this scenario beside the book of signals. */
  must(holds: boolean, what: string): void {
    if (!holds) throw new Error(`it does not hold that ${what}`);
  }

  note(text: string): void {
    this.notes.push(text);
  }

  pause(ms: number): Promise<void> {
    return pause(ms);
  }

  until(holds: () => boolean, what: string, ms: number): Promise<void> {
    return until(holds, what, ms);
  }
}

/** A scenario: something goes wrong while peers call one another. */
export interface Scenario {
  readonly id: string;
  readonly name: string;
  readonly nodes: number;
  readonly storage?: () => Promise<NonNullable<Stage["storage"]>>;
  /** Whether the first node has a wall clock of its own, which the scenario sets. */
  readonly ownClock?: boolean;
  /** Whether peers resume on up to three nodes at once. */
  readonly impatient?: boolean;
  /** Whether the service may lose what it has stored, as long as it says so. */
  readonly mayTell?: boolean;
  /** Whether some peers die for good in it. */
  readonly dooms: boolean;
  /** How long the network may hide from a node that a client has died, in milliseconds. Default 0. */
  readonly hidesDeathsMs?: (profile: Profile) => number;
  /** How many times slower the others may be during the fault, by `Profile.unharmed`; Infinity where nobody is spared. */
  readonly slower: number;
  run(drama: Drama): Promise<void>;
}
