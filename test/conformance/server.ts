/**
 * The server under test of the Connect conformance suite: reads on stdin what it is to serve, says on stdout
 * where, and goes on SIGTERM.
 *
 *     node test/conformance/server.ts <descriptors of the suite>
 */
import { createPort, type Port } from "../../server/src/wire/port.ts";
import { ConformanceHandler } from "./handler.ts";
import { Suite } from "./suite.ts";

/** `ServerCompatRequest`, as far as it matters here. */
interface Wanted {
  readonly useTls?: boolean;
  readonly messageReceiveLimit?: number;
  readonly serverCreds?: { readonly cert: string; readonly key: string };
}

/** The suite says each message's length before it, in four bytes. */
async function readSized(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.byteLength < 4) continue;
    const length = bytes.readUInt32BE(0);
    if (bytes.byteLength >= 4 + length) return bytes.subarray(4, 4 + length);
  }
  throw new Error("stdin ended too soon");
}

function sized(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}

function portOf(suite: Suite, { useTls, messageReceiveLimit, serverCreds }: Wanted): Port {
  const tls = useTls === true && serverCreds !== undefined ? serverCreds : undefined;
  return createPort({
    // One method is to be unimplemented.
    routes: suite.methods
      .filter(({ name }) => name !== "Unimplemented")
      .map((method) => ({ method, open: (call) => new ConformanceHandler(call, suite) })),
    messageBytes: messageReceiveLimit || 4 * 1024 * 1024,
    compressMinBytes: 0,
    registry: suite.registry,
    onError: (error) => console.error(error),
    ...(tls === undefined
      ? {}
      : { tls: { cert: Buffer.from(tls.cert, "base64"), key: Buffer.from(tls.key, "base64") } }),
  });
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("name the file of the suite's descriptors");
const suite = new Suite(file);
const wanted: Wanted = suite.decode(suite.message("ServerCompatRequest"), await readSized(process.stdin));
const port = portOf(suite, wanted);
process.once("SIGTERM", () => port.close({ graceMs: 0 }));
const { port: number } = await port.listen({ host: "127.0.0.1", port: 0 });
const answer = {
  host: "127.0.0.1",
  port: number,
  ...(wanted.useTls === true && wanted.serverCreds !== undefined ? { pemCert: wanted.serverCreds.cert } : {}),
};
process.stdout.write(sized(suite.encode(suite.message("ServerCompatResponse"), answer)));
