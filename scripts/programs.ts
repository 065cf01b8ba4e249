import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/** What a program goes by, and the Debian package that brings it. */
interface Known {
  readonly names: readonly string[];
  /** The path of what cannot be run, and so is not on the `PATH`. */
  readonly file?: string;
  readonly debian: string;
}

const known: Readonly<Record<string, Known>> = {
  chromium: { names: ["chromium", "chromium-browser", "google-chrome"], debian: "chromium" },
  firefox: { names: ["firefox-esr", "firefox"], debian: "firefox-esr" },
  "redis-server": { names: ["redis-server", "valkey-server"], debian: "redis-server" },
  faketime: { names: ["faketime"], debian: "faketime" },
  turnserver: { names: ["turnserver"], debian: "coturn" },
  mosquitto: { names: ["mosquitto"], debian: "mosquitto" },
  mosquitto_pub: { names: ["mosquitto_pub"], debian: "mosquitto-clients" },
  nginx: { names: ["nginx"], debian: "nginx" },
  // A module, which Debian has as a file of its own. It is no program, but is needed in the same way.
  "nginx-stream": {
    names: [],
    file: "/usr/lib/nginx/modules/ngx_stream_module.so",
    debian: "libnginx-mod-stream",
  },
  haproxy: { names: ["haproxy"], debian: "haproxy" },
  caddy: { names: ["caddy"], debian: "caddy" },
  // Without recommended packages, it comes without the headers of the library.
  cc: { names: ["cc", "gcc"], debian: "gcc libc6-dev" },
};

/** The path of a program on this machine; undefined if it is not installed. */
export function findProgram(program: string): string | undefined {
  const { names, file } = known[program] ?? { names: [program], file: undefined };
  if (file !== undefined) return existsSync(file) ? file : undefined;
  const { PATH = "" } = process.env;
  const folders = [...PATH.split(delimiter), "/usr/bin", "/usr/sbin", "/snap/bin"];
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The Debian package that brings a program, or several with spaces between them. */
export function debianPackage(program: string): string {
  return known[program]?.debian ?? program;
}
