import { openAdmission } from "../../server/src/admission/admission.ts";
import { MemorySwitchboard } from "../../server/src/engines/memory/memory-switchboard.ts";
import { AckQueue } from "../../server/src/session/ack-queue.ts";
import { Drain } from "../../server/src/session/drain.ts";
import type { SessionContext, SessionSettings } from "../../server/src/session/session-context.ts";
import { SignalBudgets } from "../../server/src/session/signal-budgets.ts";
import { TurnQueue } from "../../server/src/session/turn-queue.ts";
import type { SwitchboardLimits } from "../../server/src/switchboard/switchboard.ts";
import { silentObserver } from "../../server/src/telemetry/observer.ts";
import type { Clock } from "../../server/src/time/clock.ts";
import { Timers } from "../../server/src/time/timers.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { generousRates } from "../kit/generous-rates.ts";

const defaults = {
  firstMessageMs: 10_000,
  firstMessageBytes: 16_384,
  seqGapMs: 250,
  heartbeatMs: 15_000,
  tokenWarningMs: 60_000,
  lobbyPeers: 50,
  lobbyWaitMs: 600_000,
  resumeWindowMs: 30_000,
  signalBytes: 262_144,
  batchSignals: 256,
  messageBytes: 1_048_576,
  mailboxSignals: 256,
  mailboxBytes: 1_048_576,
  roomPeers: 100,
  admission: { timeoutMs: 2000 },
  roomMetadataBytes: 262_144,
  metadataBytes: 4096,
  updatesPerSecond: 5,
  slowReaderMs: 2000,
  streams: 1000,
  nodePeers: 100,
  nodeLobbyPeers: 100,
  duplicatePeerId: "reject" as const,
  node: "test",
  version: "0",
};

/** The service behind the wire, in memory and under a fake clock. The figures are the defaults. */
export function makeHost(figures: Partial<SessionSettings> = {}) {
  const clock = new FakeClock();
  return { clock, host: makeContext(clock, figures) };
}

/** What sessions need, in memory. The figures are the defaults. */
export function makeContext(
  clock: Clock,
  figures: Partial<SessionSettings & SwitchboardLimits> = {},
): SessionContext {
  const timers = new Timers(clock);
  const settings = { ...defaults, ...figures };
  const onError = (error: unknown) => {
    throw error;
  };
  return {
    switchboard: new MemorySwitchboard(settings, timers),
    timers,
    admission: openAdmission,
    observer: silentObserver,
    acks: new AckQueue(clock),
    attaches: new TurnQueue(onError),
    settings,
    attached: new Set(),
    drain: new Drain(() => 0),
    revocations: { refusal: () => undefined },
    budgets: new SignalBudgets(generousRates, () => timers.now()),
    iceServers: { offer: () => ({ servers: [] }) },
    lobbies: false,
    onError,
  };
}
