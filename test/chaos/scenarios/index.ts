import type { Scenario } from "../drama.ts";
import { cutsOnOneNode, cutsOnRedis, parallelResumes } from "./client-faults.ts";
import { clockSteps } from "./clock-faults.ts";
import { brokerAndBridgeKilled } from "./device-faults.ts";
import { frozen, kills, rollingRestart, sleeper } from "./node-faults.ts";
import {
  failover,
  flush,
  lateBytes,
  redisCutOff,
  redisKilled,
  redisRestart,
  redisStalled,
} from "./redis-faults.ts";
import { resharding } from "./resharding.ts";
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
  lateBytes,
  resharding,
  cutsOnOneNode,
  cutsOnRedis,
  parallelResumes,
  rollingRestart,
  slowReadersOnOneNode,
  slowReadersOnRedis,
  clockSteps,
  frozen,
  brokerAndBridgeKilled,
];
