import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Check } from "./check.ts";

const fixture = fileURLToPath(new URL("../fixtures/node/main.js", import.meta.url));
const sessionFixture = fileURLToPath(new URL("../fixtures/node/session.js", import.meta.url));

function nodeCheck(version: string): Check {
  return {
    name: `two peers connect on Node ${version}, over connect-node and node-datachannel`,
    async run({ workshop, serviceUrl }) {
      const folder = workshop.room(`node-${version}`);
      workshop.write(folder, "package.json", '{ "type": "module" }');
      await workshop.installClient(folder, "@connectrpc/connect-node", "node-datachannel", `node@${version}`);
      cpSync(fixture, join(folder, "main.js"));
      const output = await workshop.run(folder, "node_modules/node/bin/node", ["main.js", serviceUrl]);
      if (!output.includes(`heard hello on Node ${version}.`))
        throw new Error(`unexpected output: ${output}`);
    },
  };
}

/** The core and the WebSocket transport, without the packages that only other transports need. */
const lightCheck: Check = {
  name: "a session over a WebSocket needs neither protobuf-es nor Connect",
  async run({ workshop, serviceUrl }) {
    const folder = workshop.room("node-light");
    workshop.write(folder, "package.json", '{ "type": "module" }');
    await workshop.installClient(folder);
    for (const scope of ["@bufbuild", "@connectrpc"])
      rmSync(join(folder, "node_modules", scope), { recursive: true });
    cpSync(sessionFixture, join(folder, "session.js"));
    const output = await workshop.run(folder, "node", ["session.js", serviceUrl]);
    if (output !== "heard hello from alice\n") throw new Error(`unexpected output: ${output}`);
  },
};

export const nodeAppChecks: readonly Check[] = [nodeCheck("22"), nodeCheck("24"), lightCheck];
