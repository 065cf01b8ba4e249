import type { RatesByScope } from "../../server/src/session/signal-budgets.ts";

const rates = { signals: { burst: 1e6, perSecond: 1e6 }, bytes: { burst: 1e9, perSecond: 1e9 } };

/** More than any test sends that is not about rates. */
export const generousRates: RatesByScope = { session: rates, sub: rates, address: rates, room: rates };
