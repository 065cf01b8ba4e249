import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configuration, type ProxyPlan, type ReverseProxy, type RunningProxy } from "./proxy.ts";
import { RunningProcess } from "./running-process.ts";

/** In front of HTTP. */
export const nginx = nginxWith("nginx", "nginx.conf", ({ folder, port }) => {
  const bodies = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const folders = bodies.map((body) => `${body}_temp_path ${join(folder, body)};`).join("\n");
  return {
    "listen 443 ssl http2;": `listen 127.0.0.1:${port} ssl http2;`,
    "server_name signal.example.com;": "server_name localhost;",
    "access_log off;": `access_log off;\n${folders}`,
  };
});

/** In front of devices that speak TCP alone. */
export const nginxStream = nginxWith("nginx, TCP", "nginx-stream.conf", ({ port }) => ({
  "listen 8443 ssl so_keepalive=on;": `listen 127.0.0.1:${port} ssl so_keepalive=on;`,
}));

function nginxWith(
  name: string,
  committed: string,
  valuesOf: (plan: ProxyPlan) => Readonly<Record<string, string>>,
): ReverseProxy {
  return {
    name,
    program: "nginx",
    package: "the Debian package nginx",
    versionArgument: "-v",
    sessionsPerChannel: 500,
    start: (plan) => startNginx(plan, committed, valuesOf(plan)),
  };
}

function startNginx(
  { folder, nodes, certificate }: ProxyPlan,
  committed: string,
  values: Readonly<Record<string, string>>,
): RunningProxy {
  const file = join(folder, committed);
  const server = (node: number) => `server 127.0.0.1:${node} max_fails=1 fail_timeout=2s;`;
  writeFileSync(
    file,
    configuration(committed, {
      "server 127.0.0.1:8080 max_fails=1 fail_timeout=2s;": nodes.map(server).join("\n"),
      "/etc/ssl/parley/cert.pem": certificate.certFile,
      "/etc/ssl/parley/key.pem": certificate.keyFile,
      // Two are enough for a test to be served by another than before.
      "worker_processes auto;": `worker_processes 2;\npid ${join(folder, "nginx.pid")};`,
      "worker_connections 65536;": "worker_connections 2048;",
      "worker_rlimit_nofile 131072;": "",
      ...values,
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
}
