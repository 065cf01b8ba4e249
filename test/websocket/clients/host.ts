import { once } from "node:events";

/** What the host looks at in a message. */
interface Received {
  readonly welcome?: object;
  readonly peerJoined?: object;
  readonly answer?: { readonly sdp: string };
}

/** Waits for a guest in the room, calls it, and hangs up; resolves with how many letters its answer had. */
export async function callGuest(url: string): Promise<number> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/signal`, "parley.v1.json");
  await once(socket, "open");
  const send = (message: object) => socket.send(JSON.stringify(message));
  send({ join: { room: "clients", peerId: "host" } });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  socket.addEventListener("close", ({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`)));
  socket.addEventListener("message", ({ data }) => {
    const { peerJoined, answer } = JSON.parse(String(data)) as Received;
    if (peerJoined !== undefined) {
      send({ seq: 1, to: "guest", offer: { sdp: "v=0\r\na=fingerprint:sha-256 00\r\n" } });
    } else if (answer !== undefined) {
      send({ seq: 2, to: "guest", bye: {} });
      resolve(/é+/.exec(answer.sdp)?.[0].length ?? 0);
      send({ seq: 3, leave: {} });
    }
  });
  return promise;
}
