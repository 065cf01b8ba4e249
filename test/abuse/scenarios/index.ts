import type { Attack } from "../attack.ts";
import { abortedGets } from "./aborted-gets.ts";
import { foreignPages } from "./foreign-pages.ts";

/** All attacks, in the order in which they are run. */
export const attacks: readonly Attack[] = [abortedGets, foreignPages];
