/** Joins a room of Parley, connects with every peer in it, and exchanges a megabyte with each over a data channel. */
import process from "node:process";
import { parseArgs } from "node:util";
import { credentials } from "@grpc/grpc-js";
import { SignalingServiceClient } from "./gen/parley/v1/signaling.ts";
import { Links } from "./links.ts";
import { Session } from "./session.ts";

/** How long a Leave may take, in milliseconds. */
const leaveTimeoutMs = 2_000;

const { values } = parseArgs({
  options: {
    server: { type: "string", default: "127.0.0.1:8080" },
    room: { type: "string", default: "demo" },
    peer: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log("npm start -- [--server host:port] [--room name] [--peer name]");
} else {
  // A service beyond this machine wants credentials.createSsl() instead.
  const client = new SignalingServiceClient(values.server, credentials.createInsecure());
  const links = new Links();
  const join = { room: values.room, peerId: values.peer, metadata: { runtime: "node" } };
  const session = new Session(client, join, (response) => links.take(response));
  links.session = session;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const stop = () => {
    session.send({ body: { $case: "leave", value: {} } });
    setTimeout(resolve, leaveTimeoutMs);
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    await Promise.race([session.run(), late]);
    console.log("left");
  } catch (error) {
    console.error(`parley: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
  links.close();
  client.close();
  // werift may still be waiting for a name that nobody answers to.
  process.exit();
}
