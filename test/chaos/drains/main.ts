/**
 * Stops nodes under the channels that backends really have, and under a browser: connect-node, grpc-js, grpc-go and
 * grpcio, each with several sessions over one channel, through a layer-4 balancer. Nothing may be lost, and no session
 * may have to start over.
 *
 *     npm run drains             drains of 5, 20 and 60 seconds, and a rolling restart of three nodes
 *     npm run drains -- --short  one drain of 5 seconds
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { playDrains } from "./run.ts";

const { values } = parseArgs({ options: { short: { type: "boolean", default: false } } });
process.exitCode = (await playDrains(values.short)) > 0 ? 1 : 0;
