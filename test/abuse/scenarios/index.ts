import type { Attack } from "../attack.ts";
import { abortedGets } from "./aborted-gets.ts";
import { awayFlood } from "./away-flood.ts";
import { foreignPages } from "./foreign-pages.ts";
import { nameTheft } from "./name-theft.ts";
import { rosterFlood } from "./roster-flood.ts";

/** All attacks, in the order in which they are run. */
export const attacks: readonly Attack[] = [abortedGets, foreignPages, rosterFlood, awayFlood, nameTheft];
