import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configuration, type ReverseProxy } from "./proxy.ts";
import { RunningProcess } from "./running-process.ts";

export const nginx: ReverseProxy = {
  name: "nginx",
  program: "nginx",
  package: "the Debian package nginx",
  versionArgument: "-v",
  sessionsPerChannel: 500,
  start({ folder, port, nodes, certificate }) {
    const file = join(folder, "nginx.conf");
    const server = (node: number) => `server 127.0.0.1:${node} max_fails=1 fail_timeout=2s;`;
    const bodies = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    const folders = bodies.map((body) => `${body}_temp_path ${join(folder, body)};`).join("\n");
    writeFileSync(
      file,
      configuration("nginx.conf", {
        "server 127.0.0.1:8080 max_fails=1 fail_timeout=2s;": nodes.map(server).join("\n"),
        "listen 443 ssl http2;": `listen 127.0.0.1:${port} ssl http2;`,
        "server_name signal.example.com;": "server_name localhost;",
        "/etc/ssl/parley/cert.pem": certificate.certFile,
        "/etc/ssl/parley/key.pem": certificate.keyFile,
        // Two are enough for a test to be served by another than before.
        "worker_processes auto;": `worker_processes 2;\npid ${join(folder, "nginx.pid")};`,
        "worker_connections 65536;": "worker_connections 2048;",
        "worker_rlimit_nofile 131072;": "",
        "access_log off;": `access_log off;\n${folders}`,
      }),
    );
    const running = new RunningProcess("nginx", [
      "-c",
      file,
      "-e",
      "stderr",
      "-g",
      "daemon off; error_log stderr notice;",
    ]);
    return {
      process: running,
      // Killed, it would leave its workers.
      stop: () => running.end("SIGTERM"),
      async reload() {
        const done = running.saysNext(/gracefully shutting down/);
        running.signal("SIGHUP");
        await done;
      },
    };
  },
};
