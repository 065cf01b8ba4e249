import type { Switchboard, SwitchboardLimits } from "../../server/src/switchboard/switchboard.ts";
import type { Observer } from "../../server/src/telemetry/observer.ts";

/** An engine under test, whatever it is made of. */
export interface Engine {
  readonly name: string;
  /** @param observer of all nodes. */
  open(limits?: Partial<SwitchboardLimits>, observer?: Observer): Promise<Bench>;
}

/** One opened engine. Both nodes share its rooms; an engine of a single node gives the same one twice. */
export interface Bench {
  readonly node: Switchboard;
  readonly otherNode: Switchboard;
  /** Lets time pass until the condition holds; rejects when that takes longer than a test should. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Resolves when all that was under way between the nodes has arrived. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** The limits of the tests: a window that is short, and a mailbox that is soon full. */
export const testLimits: SwitchboardLimits = {
  mailboxSignals: 256,
  mailboxBytes: 512 * 1024,
  signalBytes: 64 * 1024,
  roomPeers: 100,
  lobbyPeers: 50,
  roomMetadataBytes: 256 * 1024,
  updatesPerSecond: 5,
  nodePeers: 1000,
  nodeLobbyPeers: 1000,
  resumeWindowMs: 30_000,
  duplicatePeerId: "reject",
};

/** Opens an engine for one test; it is closed after it. */
export type Open = Engine["open"];
