/** A backend service in a room of Parley: it connects with every peer there and echoes what their channels say. */
import process from "node:process";
import { parseArgs } from "node:util";
import { credentials } from "@grpc/grpc-js";
import { SignalingServiceClient } from "./gen/parley/v1/signaling.ts";
import { Links } from "./links.ts";
import { Session } from "./session.ts";

/** How long a Leave may take when the program is asked to stop, in milliseconds. */
const leaveTimeoutMs = 2_000;

const { values } = parseArgs({
  options: {
    server: { type: "string", default: "127.0.0.1:8080" },
    room: { type: "string", default: "demo" },
    peer: { type: "string" },
    once: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log("npm start -- [--server host:port] [--room name] [--peer name] [--once]");
} else {
  // A service beyond this machine wants credentials.createSsl() instead.
  const client = new SignalingServiceClient(values.server, credentials.createInsecure());
  const session = new Session(client, {
    room: values.room,
    peerId: values.peer,
    metadata: { runtime: "node" },
  });
  const links = new Links(session, () => {
    if (values.once) session.leave();
  });
  const stop = () => {
    session.leave();
    setTimeout(() => session.stop(), leaveTimeoutMs).unref();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    await session.run((response) => links.take(response));
    console.log("left");
  } catch (error) {
    console.error(`parley: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  } finally {
    links.close();
    client.close();
  }
  // werift may still be waiting for a name that nobody answers to.
  process.exit();
}
