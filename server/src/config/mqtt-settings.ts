import { bytes, choice, integer, optionalInteger, optionalText, seconds, text } from "./formats.ts";
import { keyFiles } from "./key-files.ts";

const mask = () => "***";

/** Every setting of `parley mqtt`, each defined once. `--help` and docs/settings.md are made from this table. */
export const mqttSettings = {
  brokerUrl: optionalText(
    "broker",
    "url",
    "address of the broker, required: mqtt:, mqtts:, ws: or wss:, without a password",
    (url) => url.replace(/\/\/.*@/, "//***@"),
  ),
  serviceUrl: optionalText("url", "url", "address of the service, required: http: or https:"),
  mqttVersion: choice("mqtt-version", "version", ["5", "3.1.1"], {
    default: "5",
    about: "MQTT version between the bridge and the broker; devices choose their own",
  }),
  clientId: text("client-id", "name", {
    default: "parley-bridge",
    about: "client id of the active bridge: the same for all bridges of a broker",
  }),
  takeoverMs: seconds("takeover", {
    default: 6,
    from: 1,
    to: 60,
    about: "how long the active bridge may be silent before a standby takes over its devices",
  }),
  brokerUser: optionalText("broker-user", "name", "user name at the broker"),
  brokerPassword: optionalText(
    "broker-password",
    "text",
    "password at the broker; use the variable or the file to keep it out of the process list",
    mask,
  ),
  brokerPasswordFile: optionalText("broker-password-file", "file", "file whose first line is that password"),
  brokerCaFile: optionalText(
    "broker-ca",
    "file",
    "certificate authorities (PEM) to trust for the broker, instead of the public ones",
  ),
  brokerClient: keyFiles(
    optionalText("broker-cert", "file", "certificate chain (PEM) of the bridge, if the broker requires one"),
    optionalText("broker-key", "file", "private key (PEM) of that certificate"),
  ),
  serviceCaFile: optionalText(
    "url-ca",
    "file",
    "certificate authorities (PEM) to trust for the service, instead of the public ones",
  ),
  accessTokenFile: optionalText(
    "access-token-file",
    "file",
    "file with the access token of a device that sends none, read at each join and resume; {peer} in it is the name of the device",
  ),
  devices: integer("devices", {
    default: 5000,
    from: 1,
    to: 1_000_000,
    about: "maximum devices of this bridge",
  }),
  silenceMs: seconds("device-silence", {
    default: 45,
    from: 1,
    to: 86_400,
    about: "how long a device may publish nothing before the bridge treats it as gone",
  }),
  openings: {
    burst: integer("device-joins", {
      default: 10,
      from: 1,
      to: 10_000,
      about: "maximum joins and resumes of one device in a burst",
    }),
    perSecond: integer("device-join-rate", {
      default: 1,
      from: 1,
      to: 10_000,
      about: "joins and resumes of one device per second after that",
    }),
  },
  payloadBytes: bytes("payload-bytes", {
    default: 262_144,
    from: 1024,
    to: 64 * 1024 * 1024,
    about: "maximum bytes of a payload from a device",
  }),
  queuedMessages: integer("queued-messages", {
    default: 256,
    from: 2,
    to: 100_000,
    about: "maximum waiting messages of one device, in each direction",
  }),
  health: {
    host: text("health-host", "address", {
      default: "127.0.0.1",
      about: "address for the health checks of the bridge",
    }),
    port: optionalInteger("health-port", {
      from: 0,
      to: 65_535,
      about: "port for /healthz and /readyz of the bridge; 0 selects a free one; not served if absent",
    }),
  },
  logLevel: choice("log-level", "level", ["debug", "info", "warn", "error", "silent"], {
    default: "info",
    about: "lowest level to log",
  }),
};
