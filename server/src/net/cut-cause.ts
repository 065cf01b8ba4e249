/**
 * Why this node breaks off a stream or a connection by itself:
 *
 * - `slowReader`: its client does not take what is written;
 * - `silent`: its client gives no sign of life;
 * - `noSession`: it carried no session in time;
 * - `full`: the node has as many as it may have.
 */
export type CutCause = "slowReader" | "silent" | "noSession" | "full";
