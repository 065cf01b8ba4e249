import type { Scenario } from "../drama.ts";
import { cutsOnOneNode, cutsOnRedis } from "./client-faults.ts";
import { kills, rollingRestart, sleeper } from "./node-faults.ts";
import { failover, flush, redisCutOff, redisKilled, redisRestart, redisStalled } from "./redis-faults.ts";
import { slowReadersOnOneNode, slowReadersOnRedis } from "./slow-readers.ts";

export const scenarios: readonly Scenario[] = [
  kills,
  sleeper,
  redisRestart,
  redisCutOff,
  redisStalled,
  failover,
  flush,
  redisKilled,
  cutsOnOneNode,
  cutsOnRedis,
  rollingRestart,
  slowReadersOnOneNode,
  slowReadersOnRedis,
];
