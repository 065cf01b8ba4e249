import { bytes, integer } from "./formats.ts";

const mebibyte = 1024 * 1024;

interface Figures {
  readonly signals: number;
  readonly signalsPerSecond: number;
  readonly bytes: number;
  readonly bytesPerSecond: number;
}

/**
 * What may be sent, in signals and in bytes. The bursts have room for the storms of honest clients: a full room whose peers
 * all negotiate with each other at once sends 110,000 signals and 70 MB, and an office of 500 in such rooms five times that. What is
 * restored in a second is a fraction of what one core relays in a second: a tenth for a room, a half for an address.
 */
export const signalRateSettings = {
  session: rates("session", "from one session", {
    signals: 20_000,
    signalsPerSecond: 2000,
    bytes: 64 * mebibyte,
    bytesPerSecond: 16 * mebibyte,
  }),
  sub: rates("sub", "from all sessions of one sub", {
    signals: 100_000,
    signalsPerSecond: 10_000,
    bytes: 256 * mebibyte,
    bytesPerSecond: 64 * mebibyte,
  }),
  address: rates("address", "from one address", {
    signals: 1_000_000,
    signalsPerSecond: 50_000,
    bytes: 1024 * mebibyte,
    bytesPerSecond: 128 * mebibyte,
  }),
  room: rates("room", "in one room", {
    signals: 250_000,
    signalsPerSecond: 20_000,
    bytes: 512 * mebibyte,
    bytesPerSecond: 64 * mebibyte,
  }),
};

function rates(scope: string, from: string, figures: Figures) {
  return {
    signals: {
      burst: integer(`${scope}-signals`, {
        default: figures.signals,
        from: 0,
        to: 10_000_000,
        about: `maximum signals ${from} in a burst; 0 means no limit`,
      }),
      perSecond: integer(`${scope}-signal-rate`, {
        default: figures.signalsPerSecond,
        from: 1,
        to: 10_000_000,
        about: `signals per second ${from} after that`,
      }),
    },
    bytes: {
      burst: bytes(`${scope}-bytes`, {
        default: figures.bytes,
        from: 0,
        to: 2 ** 40,
        about: `maximum bytes of signals ${from} in a burst; 0 means no limit`,
      }),
      perSecond: bytes(`${scope}-byte-rate`, {
        default: figures.bytesPerSecond,
        from: 1,
        to: 2 ** 40,
        about: `bytes of signals per second ${from} after that`,
      }),
    },
  };
}
