import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { expect, test } from "vitest";
import { freePort, RedisServer } from "./redis-server.ts";

test("a server that does not get its port again fails at once, and says why", async () => {
  await using server = await RedisServer.start();
  await server.stop();
  const other = createServer().listen(server.port, "127.0.0.1");
  await once(other, "listening");
  await expect(server.start()).rejects.toThrow(/ended on port \d+:[\s\S]*in use/);
  await new Promise((closed) => other.close(closed));
  await server.start();
});

test.runIf(process.platform === "linux")(
  "nobody who connects elsewhere is given a port of a server",
  async () => {
    const [first] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split("\t").map(Number);
    for (let i = 0; i < 20; i++) expect(await freePort()).toBeLessThan(first ?? 0);
  },
);
