import { afterEach, expect, test, vi } from "vitest";
import type { MqttConfig } from "../config/mqtt-config.ts";
import { ConfigError } from "../config/setting.ts";
import { runCommandLine } from "./command-line.ts";

afterEach(() => vi.unstubAllEnvs());

const addresses = ["--broker", "mqtt://broker.example", "--url", "https://parley.example"];

async function mqttConfigOf(...flags: string[]): Promise<MqttConfig> {
  const { promise, resolve } = Promise.withResolvers<MqttConfig>();
  const serve = { settings: {}, serve: async () => {} };
  await runCommandLine(["mqtt", ...flags], serve, async (config) => resolve(config));
  return promise;
}

test("a bridge needs two addresses, and keeps its password out of them", async () => {
  vi.stubEnv("PARLEY_BROKER_PASSWORD", "hunter2");
  expect(await mqttConfigOf(...addresses, "--broker-user", "bridge", "--device-silence", "60")).toMatchObject(
    {
      bridge: {
        broker: { url: "mqtt://broker.example", version: "5", username: "bridge", password: "hunter2" },
        service: { url: "https://parley.example" },
        clientId: "parley-bridge",
        takeoverMs: 6000,
        limits: { silenceMs: 60_000 },
      },
    },
  );
});

test.each([
  ["no broker", ["--url", "https://a"], /--broker is required/],
  ["no service", ["--broker", "mqtt://a"], /--url is required/],
  ["a broker of another kind", ["--broker", "amqp://a", "--url", "https://a"], /^--broker must be/],
  ["a service of another kind", ["--broker", "mqtt://a", "--url", "grpc://a"], /^--url must be/],
  ["an address with more in it", ["--broker", "mqtt://a", "--url", "https://a/#b"], /^--url must be/],
  ["a password in the address", ["--broker", "mqtt://a:hunter2@b", "--url", "https://a"], /password-file/],
  ["a certificate without a key", [...addresses, "--broker-cert", "a.pem"], /--broker-key/],
  ["no such file", [...addresses, "--broker-ca", "/nonexistent.pem"], /^--broker-ca cannot be read/],
  ["another version", [...addresses, "--mqtt-version", "3"], /one of 5, 3.1.1/],
  [
    "two passwords",
    [...addresses, "--broker-password", "hunter2", "--broker-password-file", "a"],
    /exclude each other/,
  ],
])("a bridge is refused: %s", async (_, flags, word) => {
  const refused = mqttConfigOf(...flags);
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(word);
  await expect(refused).rejects.not.toThrow("hunter2");
});
