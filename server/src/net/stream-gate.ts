/** What all connections of a node share: the turns of the event loop, and how many streams are held. */
export class GateKeeper {
  /** Streams that wait for a connection to prove itself, over all connections. */
  held = 0;
  readonly mostHeld: number;
  readonly #waiting = new Set<StreamGate>();
  #turn = 0;
  #scheduled = false;

  constructor(mostHeld: number) {
    this.mostHeld = mostHeld;
  }

  /** The number of this turn of the event loop. */
  get turn(): number {
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(this.#next);
    }
    return this.#turn;
  }

  /** Wakes a gate in the next turn. */
  wake(gate: StreamGate): void {
    this.#waiting.add(gate);
    void this.turn;
  }

  readonly #next = (): void => {
    this.#scheduled = false;
    this.#turn++;
    const due = [...this.#waiting];
    this.#waiting.clear();
    for (const gate of due) gate.goOn();
  };
}

/** How many streams of one connection begin in a turn: behind these, the others have theirs. */
const perTurn = 64;

/**
 * Lets the streams of one connection begin: few at the same time until it has proved itself, and not too many in a
 * turn. The rest waits, in order: a client that opens all its sessions at once loses none.
 */
export class StreamGate {
  readonly #keeper: GateKeeper;
  readonly #waiting: (() => void)[] = [];
  /** How many may be open at the same time. */
  #most: number;
  #open = 0;
  #begun = 0;
  #turn = -1;

  /** @param most streams at the same time until `unlock`. */
  constructor(keeper: GateKeeper, most: number) {
    this.#keeper = keeper;
    this.#most = most;
  }

  /** Begins a stream, or holds it for later. False if too many are held: refuse it. `ended` follows when it is over. */
  begin(start: () => void): boolean {
    if (this.#waiting.length === 0 && this.#mayBegin()) {
      this.#start(start);
      return true;
    }
    if (this.#keeper.held >= this.#keeper.mostHeld) return false;
    this.#keeper.held++;
    this.#waiting.push(start);
    this.#keeper.wake(this);
    return true;
  }

  /** A stream that began is over. */
  ended(): void {
    this.#open--;
    if (this.#waiting.length > 0) this.#keeper.wake(this);
  }

  /** The connection turns out to be one that has to prove itself: so many streams at the same time until `unlock`. */
  lock(most: number): void {
    this.#most = most;
  }

  /** Whether the end of a stream has to be reported by `ended`. */
  get counts(): boolean {
    return this.#most !== Number.POSITIVE_INFINITY;
  }

  /** The connection has proved itself. */
  unlock(): void {
    this.#most = Number.POSITIVE_INFINITY;
    if (this.#waiting.length > 0) this.#keeper.wake(this);
  }

  /** The connection is gone. */
  close(): void {
    this.#keeper.held -= this.#waiting.length;
    this.#waiting.length = 0;
  }

  /** A new turn. */
  goOn(): void {
    while (this.#waiting.length > 0 && this.#mayBegin()) {
      const start = this.#waiting.shift();
      this.#keeper.held--;
      if (start !== undefined) this.#start(start);
    }
    if (this.#waiting.length > 0 && this.#open < this.#most) this.#keeper.wake(this);
  }

  #mayBegin(): boolean {
    if (this.#open >= this.#most) return false;
    const { turn } = this.#keeper;
    if (turn === this.#turn) return this.#begun < perTurn;
    this.#turn = turn;
    this.#begun = 0;
    return true;
  }

  #start(start: () => void): void {
    this.#open++;
    this.#begun++;
    start();
  }
}
