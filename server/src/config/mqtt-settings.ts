import { bytes, choice, integer, optionalText, seconds, text } from "./formats.ts";
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
    about: "what the bridge speaks with the broker; devices choose theirs themselves",
  }),
  clientId: text("client-id", "name", {
    default: "parley-bridge",
    about: "client id of the active bridge: the same for all bridges of a broker",
  }),
  takeoverMs: seconds("takeover", {
    default: 6,
    from: 1,
    to: 60,
    about: "how long the active bridge may be silent before a standby takes its devices over",
  }),
  brokerUser: optionalText("broker-user", "name", "user name at the broker"),
  brokerPassword: optionalText(
    "broker-password",
    "text",
    "password at the broker; the variable or the file keep it out of the list of processes",
    mask,
  ),
  brokerPasswordFile: optionalText("broker-password-file", "file", "file whose first line is that password"),
  brokerCaFile: optionalText(
    "broker-ca",
    "file",
    "authorities (PEM) that sign the certificate of the broker, instead of the public ones",
  ),
  brokerClient: keyFiles(
    optionalText("broker-cert", "file", "certificate chain (PEM), for a broker that asks for one"),
    optionalText("broker-key", "file", "private key (PEM) of that certificate"),
  ),
  serviceCaFile: optionalText(
    "url-ca",
    "file",
    "authorities (PEM) that sign the certificate of the service, instead of the public ones",
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
    about: "how long a device may publish nothing before its session waits for a resume",
  }),
  openings: {
    burst: integer("device-joins", {
      default: 10,
      from: 1,
      to: 10_000,
      about: "maximum joins and resumes of one device at once",
    }),
    perSecond: integer("device-join-rate", {
      default: 1,
      from: 1,
      to: 10_000,
      about: "joins and resumes per second of one device after that",
    }),
  },
  payloadBytes: bytes("payload-bytes", {
    default: 262_144,
    from: 1024,
    to: 64 * 1024 * 1024,
    about: "maximum bytes of a payload of a device",
  }),
  queuedMessages: integer("queued-messages", {
    default: 256,
    from: 2,
    to: 100_000,
    about: "maximum messages of one device that wait, in each direction",
  }),
  logLevel: choice("log-level", "level", ["debug", "info", "warn", "error", "silent"], {
    default: "info",
    about: "lowest level that is logged",
  }),
};
