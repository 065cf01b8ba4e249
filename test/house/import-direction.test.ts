import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** By file: what it may import, and what it may not. */
const house: Readonly<Record<string, { may: readonly string[]; mayNot: readonly string[] }>> = {
  "server/src/main.ts": { may: ["./server.ts", "./cli/b.ts"], mayNot: ["./engines/memory/b.ts"] },
  "server/src/public-port.ts": { may: ["./doors/b.ts", "./wire/port.ts"], mayNot: ["./engines/engines.ts"] },
  "server/src/cli/a.ts": {
    may: ["../config/config.ts", "../token.ts", "../admission/access.ts"],
    mayNot: ["../server.ts", "../wire/port.ts", "../session/session.ts", "../switchboard/names.ts"],
  },
  "server/src/config/a.ts": {
    may: ["../wire/origin.ts", "../net/open-files.ts"],
    mayNot: ["../server.ts", "../cli/b.ts", "../doors/b.ts", "../rpc/call.ts", "../engines/redis/b.ts"],
  },
  "server/src/bridges/mqtt/a.ts": {
    may: ["./b.ts", "../../errors/b.ts", "../../time/timers.ts", "../../ops/logger.ts", "mqtt"],
    mayNot: ["../../config/config.ts", "../../server.ts", "../../session/session.ts", "../../wire/port.ts"],
  },
  "server/src/doors/websocket/a.ts": {
    may: ["./b.ts", "../../wire/http-exchange.ts", "../../net/connection.ts", "../../session/peer-stream.ts"],
    mayNot: [
      "../../config/config.ts",
      "../../cli/b.ts",
      "../../ops/logger.ts",
      "../../server.ts",
      "../../public-port.ts",
      "../../engines/memory/b.ts",
    ],
  },
  "server/src/wire/a.ts": {
    may: ["./b.ts", "../rpc/call.ts", "../errors/b.ts", "../time/clock.ts", "node:http2"],
    mayNot: [
      "../rpc/send-signals.ts",
      "../session/session.ts",
      "../switchboard/switchboard.ts",
      "../engines/redis/b.ts",
      "../config/config.ts",
      "../server.ts",
      "../main.ts",
      "../ops/logger.ts",
      "@parley/contract",
    ],
  },
  "server/src/rpc/a.ts": {
    may: ["./call.ts", "../session/session.ts", "../switchboard/switchboard.ts", "@parley/contract"],
    mayNot: [
      "../wire/port.ts",
      "../doors/b.ts",
      "../config/config.ts",
      "../server.ts",
      "../ops/logger.ts",
      "../engines/redis/b.ts",
    ],
  },
  "server/src/session/a.ts": {
    may: ["../switchboard/names.ts", "../admission/caller.ts", "../time/timers.ts", "../errors/b.ts"],
    mayNot: ["../rpc/call.ts", "../wire/port.ts", "../config/config.ts", "../ops/logger.ts"],
  },
  "server/src/net/a.ts": {
    may: ["./connection.ts", "../admission/caller.ts", "../time/timers.ts", "node:net"],
    mayNot: [
      "../wire/port.ts",
      "../session/session.ts",
      "../switchboard/names.ts",
      "../codec/wire-type.ts",
      "../ops/logger.ts",
    ],
  },
  "server/src/admission/a.ts": {
    may: ["../switchboard/names.ts", "../time/timers.ts", "../errors/b.ts", "@parley/contract"],
    mayNot: [
      "../session/session.ts",
      "../rpc/call.ts",
      "../net/connection.ts",
      "../wire/port.ts",
      "../config/config.ts",
    ],
  },
  "server/src/switchboard/a.ts": {
    may: ["./names.ts", "../time/timers.ts", "@parley/contract"],
    mayNot: [
      "../admission/admission.ts",
      "../session/session.ts",
      "../rpc/call.ts",
      "../wire/port.ts",
      "../config/config.ts",
      "../engines/memory/b.ts",
    ],
  },
  "server/src/engines/memory/a.ts": {
    may: ["../engine.ts", "../../switchboard/names.ts", "../../time/timers.ts", "../../config/setting.ts"],
    mayNot: ["../redis/b.ts", "../../session/session.ts", "../../config/config.ts"],
  },
  "server/src/engines/redis/a.ts": {
    may: ["../engine.ts", "../../switchboard/names.ts", "../../time/clock.ts", "../../config/pem-files.ts"],
    mayNot: ["../memory/b.ts", "../../rpc/call.ts", "../../config/config.ts"],
  },
  "server/src/codec/a.ts": {
    may: ["./field-numbers.ts", "@parley/contract"],
    mayNot: ["../switchboard/entry.ts", "../session/sdp.ts", "../rpc/call.ts", "../config/config.ts"],
  },
  "server/src/errors/a.ts": {
    may: ["@parley/contract", "../time/clock.ts"],
    mayNot: ["../switchboard/names.ts", "../session/session.ts", "../config/config.ts"],
  },
  "server/src/telemetry/a.ts": {
    may: ["@parley/contract", "../time/clock.ts"],
    mayNot: ["../switchboard/names.ts", "../session/session.ts", "../config/config.ts"],
  },
  "server/src/time/a.ts": { may: ["./clock.ts"], mayNot: ["../wire/port.ts", "../ops/logger.ts"] },
  "server/src/ops/a.ts": {
    may: ["../switchboard/switchboard.ts", "../session/session-context.ts"],
    mayNot: ["../wire/port.ts", "../rpc/call.ts", "../config/config.ts", "../server.ts"],
  },
  "server/src/server.ts": { may: ["./config/config.ts", "./ops/logger.ts", "./wire/port.ts"], mayNot: [] },
  "server/src/token.ts": {
    may: ["./admission/access.ts", "@parley/contract"],
    mayNot: ["./server.ts", "./wire/port.ts", "./session/session.ts", "./config/config.ts"],
  },
  // A test may import whatever it tests with.
  "server/src/session/a.test.ts": { may: ["../rpc/call.ts", "../config/config.ts"], mayNot: [] },
  "client-web/src/a.ts": {
    may: ["./session/b.ts", "./rtc/b.ts", "./transport/b.ts", "@parley/contract/plain"],
    mayNot: ["../../server/src/time/clock.ts", "@parley/server", "@parley/contract", "@bufbuild/protobuf"],
  },
  "client-web/src/session/a.ts": {
    may: ["./b.ts", "../clock.ts", "@parley/contract/plain"],
    mayNot: ["../rtc/room.ts", "../transport/b.ts", "@parley/contract", "@connectrpc/connect"],
  },
  "client-web/src/rtc/a.ts": {
    may: ["./b.ts", "../session/b.ts", "../clock.ts"],
    mayNot: ["../transport/b.ts", "@parley/contract", "@bufbuild/protobuf"],
  },
  "client-web/src/transport/a.ts": {
    may: ["./b.ts", "../session/b.ts", "@parley/contract", "@bufbuild/protobuf", "@connectrpc/connect-web"],
    mayNot: ["../rtc/room.ts", "../../../server/src/server.ts"],
  },
  "client-web/src/transport/websocket-transport.ts": {
    may: ["./b.ts", "../session/b.ts", "@parley/contract/plain"],
    mayNot: ["../rtc/room.ts", "@parley/contract", "@bufbuild/protobuf", "@connectrpc/connect"],
  },
  "client-web/demo/views/a.ts": {
    may: ["../b.ts", "../../src/index.ts"],
    mayNot: ["../../src/room.ts", "../../../server/src/server.ts"],
  },
};

test("the linter lets imports point one way only", () => {
  const folder = mkdtempSync(join(tmpdir(), "import-direction-"));
  try {
    copyFileSync(join(root, "biome.json"), join(folder, "biome.json"));
    for (const [file, { may, mayNot }] of Object.entries(house)) {
      const imports = [...may, ...mayNot].map((from) => `import "${from}";\n`);
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), imports.join(""));
    }
    expect(restricted(folder)).toEqual(
      Object.fromEntries(Object.entries(house).map(([file, { mayNot }]) => [file, new Set(mayNot)])),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the linter refuses cycles of imports, of types too", () => {
  const folder = mkdtempSync(join(tmpdir(), "import-cycle-"));
  try {
    copyFileSync(join(root, "biome.json"), join(folder, "biome.json"));
    writeFileSync(join(folder, "a.ts"), 'import type { B } from "./b.ts";\nexport type A = B | 1;\n');
    writeFileSync(join(folder, "b.ts"), 'import type { A } from "./a.ts";\nexport type B = A[];\n');
    writeFileSync(join(folder, "c.ts"), 'import type { A } from "./a.ts";\nexport type C = A;\n');
    const found = lint(folder, "suspicious/noImportCycles").matchAll(/noImportCycles,file=[^,]*?(\w\.ts),/g);
    expect([...found].map(([, file]) => file).sort()).toEqual(["a.ts", "b.ts"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function lint(folder: string, rule: string): string {
  const biome = join(root, "node_modules", ".bin", "biome");
  const options = [`--only=${rule}`, "--max-diagnostics=none", "--reporter=github", "--vcs-enabled=false"];
  return spawnSync(biome, ["lint", ...options, "."], { cwd: folder, encoding: "utf8" }).stdout;
}

/** By file: the imports that the linter refuses. */
function restricted(folder: string): Record<string, Set<string>> {
  const stdout = lint(folder, "style/noRestrictedImports");
  const refused = Object.fromEntries(Object.keys(house).map((file) => [file, new Set<string>()]));
  const finding = /noRestrictedImports,file=[^,]*?((?:server|client-web)\/[^,]+),line=(\d+)/g;
  for (const [, file = "", line = "0"] of stdout.matchAll(finding)) {
    const { may = [], mayNot = [] } = house[file] ?? {};
    refused[file]?.add([...may, ...mayNot][Number(line) - 1] ?? line);
  }
  return refused;
}
