import { hostname } from "node:os";
import { accessSettings } from "./access-settings.ts";
import { admissionSettings } from "./admission-settings.ts";
import { choice, flag, integer, optionalText, seconds, text } from "./formats.ts";
import { iceSettings } from "./ice-settings.ts";
import { keyFiles } from "./key-files.ts";
import { hostNames, origins } from "./lists.ts";
import { networkSettings } from "./network-settings.ts";
import { sessionSettings } from "./session-settings.ts";

/**
 * The settings of `parley serve`, each defined once: its name in the configuration, its flag, its variable, its
 * default, its bounds and what it does. `--help` and docs/settings.md are made from this table and from those of the
 * engines.
 */
export const settings = {
  host: text("host", "address", { default: "127.0.0.1", about: "address to listen on" }),
  port: integer("port", {
    default: 8080,
    from: 0,
    to: 65_535,
    about: "port to listen on; 0 selects a free one",
  }),
  open: flag(
    "open",
    { default: false, about: "serve all clients without authentication, on any address" },
    true,
  ),
  node: text("node", "name", {
    default: hostname(),
    defaultText: "the name of the host",
    about: "name of this node",
  }),
  corsOrigins: origins(
    "cors-origin",
    "origins whose pages may use the service, besides its own, comma-separated; * allows any",
  ),
  hosts: hostNames(
    "hosts",
    "host names under which browsers may reach the service, besides loopback names and --host, " +
      "comma-separated; * allows any",
  ),
  ...iceSettings,
  ...accessSettings,
  ...admissionSettings,
  ...sessionSettings,
  ...networkSettings,
  tls: keyFiles(
    optionalText("tls-cert", "file", "certificate chain (PEM)"),
    optionalText("tls-key", "file", "private key (PEM)"),
  ),
  tlsClientCaFile: optionalText(
    "tls-client-ca",
    "file",
    "authorities (PEM) whose client certificates are accepted; every client then needs one (mutual TLS)",
  ),
  tlsReloadMs: seconds("tls-reload", {
    default: 60,
    from: 0.1,
    to: 86_400,
    about: "how often the TLS files are read again, to use a renewed certificate",
  }),
  page: flag<boolean | undefined>("page", {
    default: undefined,
    defaultText: "on loopback only",
    about: "serve the demo page under any host name (true) or not at all (false)",
  }),
  reflection: flag("reflection", {
    default: true,
    about: "let gRPC tools read the contract from the server",
  }),
  logLevel: choice("log-level", "level", ["debug", "info", "warn", "error", "silent"], {
    default: "info",
    about: "lowest level to log",
  }),
};
