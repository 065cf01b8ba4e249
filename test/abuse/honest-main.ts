/** The process of the honest couples. It does what its parent orders, and ends with it. */

import process from "node:process";
import { HonestCouple } from "./honest-couple.ts";
import type { Order, Report } from "./honest-orders.ts";

/** How often each peer sends, in milliseconds. */
const sendEveryMs = 25;

let couples: readonly HonestCouple[] = [];
let sending: NodeJS.Timeout | undefined;

async function carryOut(order: Order): Promise<Report> {
  if (order.order === "meet") {
    couples = order.urls.map((url) => new HonestCouple(url));
    for (const couple of couples) await couple.meet();
  } else if (order.order === "begin") {
    for (const couple of couples) couple.begin();
    sending = setInterval(() => {
      for (const couple of couples) couple.send();
    }, sendEveryMs);
  } else {
    clearInterval(sending);
    return { report: "done", observations: await Promise.all(couples.map((couple) => couple.end())) };
  }
  return { report: "done", observations: [] };
}

process.on("message", (order: Order) => {
  carryOut(order)
    .catch((error: unknown): Report => ({ report: "failed", message: String(error) }))
    .then((report) => process.connected && process.send?.(report));
});
process.on("disconnect", () => process.exit());
// Ctrl-C reaches the whole terminal; the parent ends this process.
process.on("SIGINT", () => {});
