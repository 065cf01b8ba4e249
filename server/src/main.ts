#!/usr/bin/env node
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runCommandLine } from "./cli/command-line.ts";
import { servesEveryone } from "./config/config.ts";
import type { MqttConfig } from "./config/mqtt-config.ts";
import { ConfigError, type Given, maskedValues } from "./config/setting.ts";
import { LogLimiter } from "./ops/log-limiter.ts";
import { createLogger } from "./ops/logger.ts";
import { endWithProcess } from "./ops/process-life.ts";
import { readServerConfig, Server, serverSettings } from "./server.ts";
import { systemClock } from "./time/clock.ts";

// When many clients join, V8 learns to allocate in the old generation, even what Node needs for a single request. That
// would keep the whole request in memory until a full collection (docs/decisions/writing.md).
setFlagsFromString("--no-allocation-site-pretenuring");

async function serve(version: string, given: Given): Promise<void> {
  const config = readServerConfig(version, given);
  const logger = new LogLimiter(createLogger(config.logLevel));
  logger.info({ config: maskedValues(serverSettings, config) }, "starting");
  const server = new Server(config, { logger });
  const { url, adminPort } = await server.start();
  logger.info({ url, ...(adminPort === undefined ? {} : { adminPort }) }, "listening");
  if (servesEveryone(config)) {
    logger.warn({ host: config.host }, openWarning);
    process.stderr.write(`parley: WARNING: ${openWarning}\n`);
  }
  if (adminPort !== undefined) {
    process.stdout.write(`The admin API is at http://${config.admin.host}:${adminPort}\n`);
  }
  process.stdout.write(`Parley ${config.version} is at ${url}\n`);
  endWithProcess(server, logger);
}

async function bridge({ logLevel, health, bridge: options }: MqttConfig): Promise<void> {
  // Only this command needs a client of MQTT.
  const { MqttBridge } = await import("./bridges/mqtt/mqtt-bridge.ts");
  const { HealthPort } = await import("./bridges/mqtt/health-port.ts");
  const logger = new LogLimiter(createLogger(logLevel));
  const { url, version } = options.broker;
  logger.info({ broker: url, version, service: options.service.url }, "starting");
  const bridge = new MqttBridge(options, logger, systemClock);
  const healthPort = new HealthPort(() => bridge.health);
  if (health.port !== undefined) {
    const port = await healthPort.listen(health.host, health.port);
    logger.info({ url: `http://${health.host}:${port}` }, "listening for health checks");
  }
  bridge.start();
  const close = async () => {
    await bridge.close();
    await healthPort.close();
  };
  endWithProcess({ close }, logger);
}

const openWarning =
  "everyone who reaches this address may join any room; require access tokens with --token-key (docs/access.md)";

try {
  await runCommandLine(process.argv.slice(2), { settings: serverSettings, serve }, bridge);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`parley: ${message}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
