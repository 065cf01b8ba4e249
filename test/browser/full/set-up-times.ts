import process from "node:process";
import { TcpProxy } from "../../kit/tcp-proxy.ts";
import type { Order } from "../orders.ts";
import { type AnyPeerPage, PeerPage } from "../peer-page.ts";
import type { PagePool } from "./page-pool.ts";
import type { ServiceProcess } from "./service-process.ts";

/** How long it takes to set up a call in one order of browsers: medians, in milliseconds. */
export interface SetUpTimes {
  readonly order: Order;
  /** How many calls of each kind there were. */
  readonly calls: number;
  /** From `joinRoom` of the second side to the first frame that it shows. */
  readonly framesMs: number;
  /** From the beginning of a link with nothing but a data channel to its opening: if the first side begins it. */
  readonly firstBeginsMs: number;
  /** The same if the second side does. */
  readonly secondBeginsMs: number;
}

/** The options of `npm run full` for these rows. */
export const setUpName = "time to connect";

/** Sets calls up, one after another, as nothing else may use the processors meanwhile. */
export async function measureSetUp(
  pool: PagePool,
  service: ServiceProcess,
  order: Order,
  calls: number,
): Promise<SetUpTimes> {
  await using proxy = await TcpProxy.start(() => [service.port], { resets: true });
  const framesMs: number[] = [];
  const begins: [number[], number[]] = [[], []];
  let rooms = 0;
  const pair = async (camera: boolean): Promise<[AnyPeerPage, AnyPeerPage, room: string]> => {
    const pages = [await pool.page(0, 0), await pool.page(1, 0)] as const;
    const peers = [new PeerPage("ada", pages[0], proxy), new PeerPage("grace", pages[1], proxy)] as const;
    if (camera) for (const peer of peers) await peer.openCamera({ width: 160, height: 120 }, false);
    const room = `set-up-${process.pid}-${rooms++}`;
    await peers[0].join(room);
    return [...peers, room];
  };
  for (let call = 0; call < calls; call++) {
    const [ada, grace, room] = await pair(true);
    await ada.linkToEverybody();
    framesMs.push(await grace.joinAndSee(room));
    await Promise.all([ada.leave(), grace.leave()]);
  }
  for (let call = 0; call < 2 * calls; call++) {
    const [ada, grace, room] = await pair(false);
    await grace.join(room);
    await ada.meets(grace);
    const side = call % 2 === 0 ? 0 : 1;
    const [one, other] = side === 0 ? [ada, grace] : [grace, ada];
    await other.takeLinks();
    await one.link(other);
    begins[side].push(await one.openAfter(other));
    await Promise.all([ada.leave(), grace.leave()]);
  }
  return {
    order,
    calls,
    framesMs: median(framesMs),
    firstBeginsMs: median(begins[0]),
    secondBeginsMs: median(begins[1]),
  };
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN);
}
