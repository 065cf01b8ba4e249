import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configuration, type ProxyPlan, type ReverseProxy, type RunningProxy } from "./proxy.ts";
import { RunningProcess } from "./running-process.ts";

/** In front of HTTP. */
export const haproxy = haproxyWith("HAProxy", "haproxy.cfg", "bind :443");

/** In front of devices that speak TCP alone. */
export const haproxyTcp = haproxyWith("HAProxy, TCP", "haproxy-tcp.cfg", "bind :8443");

function haproxyWith(name: string, committed: string, bind: string): ReverseProxy {
  return {
    name,
    program: "haproxy",
    package: "the Debian package haproxy",
    versionArgument: "-v",
    sessionsPerChannel: 500,
    start: (plan) => startHaproxy(plan, committed, bind),
  };
}

function startHaproxy(
  { folder, port, nodes, certificate }: ProxyPlan,
  committed: string,
  bind: string,
): RunningProxy {
  const file = join(folder, "haproxy.cfg");
  const servers = nodes.map((node, index) => `server node-${index + 1} 127.0.0.1:${node}`);
  writeFileSync(
    file,
    configuration(committed, {
      [bind]: `bind 127.0.0.1:${port}`,
      "/etc/ssl/parley/site.pem": certificate.bothFile,
      "server node-1 127.0.0.1:8080": servers.join("\n  "),
      "maxconn 65536": "maxconn 512",
    }),
  );
  // Master and worker, so that it can read its configuration again.
  const running = new RunningProcess("haproxy", ["-W", "-db", "-f", file]);
  return {
    process: running,
    stop: () => running.end("SIGTERM"),
    async reload() {
      const done = running.saysNext(/Loading success/);
      running.signal("SIGUSR2");
      await done;
    },
  };
}
