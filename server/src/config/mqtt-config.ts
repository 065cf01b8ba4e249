import { readFileSync } from "node:fs";
import type { MqttBridgeOptions } from "../bridges/mqtt/mqtt-bridge.ts";
import { mqttSettings } from "./mqtt-settings.ts";
import { ConfigError, type Given, readSettings, type Setting, type ValuesOf } from "./setting.ts";

/** What `parley mqtt` runs with. */
export interface MqttConfig {
  readonly logLevel: string;
  /** Where the health checks are served; they are not without a port. */
  readonly health: { readonly host: string; readonly port: number | undefined };
  readonly bridge: MqttBridgeOptions;
}

/** Reads the configuration once, at the start. Throws a ConfigError if a setting is wrong, or two contradict. */
export function readMqttConfig(given: Given): MqttConfig {
  const values = readSettings(mqttSettings, given);
  const url = addressOf(mqttSettings.brokerUrl, values.brokerUrl, ["mqtt:", "mqtts:", "ws:", "wss:"]);
  if (/\/\/[^/]*@/.test(url)) {
    throw new ConfigError("--broker must not hold a password: use --broker-user and --broker-password-file");
  }
  return {
    logLevel: values.logLevel,
    health: values.health,
    bridge: {
      service: {
        url: addressOf(mqttSettings.serviceUrl, values.serviceUrl, ["http:", "https:"]),
        ca: contentOf(mqttSettings.serviceCaFile.flag, values.serviceCaFile),
      },
      accessToken: accessTokenOf(values.accessTokenFile),
      broker: {
        url,
        version: values.mqttVersion,
        username: values.brokerUser,
        password: passwordOf(values),
        ca: contentOf(mqttSettings.brokerCaFile.flag, values.brokerCaFile),
        cert: contentOf("--broker-cert", values.brokerClient?.certFile),
        key: contentOf("--broker-key", values.brokerClient?.keyFile),
      },
      clientId: values.clientId,
      takeoverMs: values.takeoverMs,
      devices: values.devices,
      limits: {
        payloadBytes: values.payloadBytes,
        queuedMessages: values.queuedMessages,
        silenceMs: values.silenceMs,
        openings: values.openings,
      },
    },
  };
}

function addressOf(
  { flag }: Setting<string | undefined>,
  url: string | undefined,
  protocols: readonly string[],
): string {
  if (url === undefined) throw new ConfigError(`${flag} is required`);
  const { protocol, search, hash } = URL.canParse(url)
    ? new URL(url)
    : { protocol: "", search: "", hash: "" };
  if (protocols.includes(protocol) && search === "" && hash === "") return url;
  const beginnings = protocols.map((each) => `${each}//`).join(", ");
  throw new ConfigError(`${flag} must be an address that begins with one of ${beginnings}, without ? and #`);
}

function passwordOf(values: ValuesOf<typeof mqttSettings>): string | undefined {
  const { brokerPassword, brokerPasswordFile } = values;
  if (brokerPassword !== undefined && brokerPasswordFile !== undefined) {
    throw new ConfigError("--broker-password and --broker-password-file exclude each other");
  }
  return (
    brokerPassword ??
    contentOf(mqttSettings.brokerPasswordFile.flag, brokerPasswordFile)?.split(/\r?\n/, 1)[0]
  );
}

/** Finds the token of a device in its file, which may be another one each time. */
function accessTokenOf(file: string | undefined): ((peerId: string) => string) | undefined {
  if (file === undefined) return undefined;
  return (peerId) => {
    // These would name another folder.
    if (peerId === "." || peerId === "..") return "";
    try {
      return readFileSync(
        file.replaceAll("{peer}", () => peerId),
        "utf8",
      ).trim();
    } catch {
      // The service says to the device that its token is missing.
      return "";
    }
  };
}

function contentOf(flag: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(`${flag} cannot be read: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
