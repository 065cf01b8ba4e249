import { type DestinationStream, pino } from "pino";

/**
 * What the service logs with. `info`: what an operator wants to read in a quiet hour (start, stop, drain).
 * `warn`: it works, but not as it should. `error`: something is broken and an operator should look. `debug`:
 * sessions coming and going. Never SDP, addresses of peers, tokens or nonces: they are personal or secret.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** @param level `debug`, `info`, `warn`, `error` or `silent`. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return destination === undefined ? pino(options) : pino(options, destination);
}
