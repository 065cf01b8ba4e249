import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import { makeTls } from "../kit/make-tls.ts";
import { RawConnection } from "./raw-connection.ts";
import { WirePort } from "./wire-port.ts";

test("a connection from the port of one that was reset during its handshake has a handshake of its own", async () => {
  await using port = await WirePort.start({ tls: makeTls() });
  const connect = (localPort: number): Socket =>
    connectTcp({ host: "127.0.0.1", port: port.number, localPort });
  const before = connect(0);
  await once(before, "connect");
  const { localPort = 0 } = before;
  // The server waits for the rest of the handshake: it has answered a connection that came later.
  before.write(Buffer.from([0x16, 3, 1]));
  const later = connectTls({ host: "127.0.0.1", port: port.number, rejectUnauthorized: false });
  await once(later, "secureConnect");
  later.destroy();
  // In one turn of the event loop: the server has the new connection before it reports the end of the old one.
  before.resetAndDestroy();
  const after = new RawConnection(connectTls({ socket: connect(localPort), rejectUnauthorized: false }));
  after.socket.write("GET /absent HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await after.until((bytes) => bytes.includes("HTTP/1.1 404"));
  expect(after.isOpen).toBe(true);
  after.socket.destroy();
});
