import type { PeerWay } from "./fresh-transport.ts";
import type { PeerPlan } from "./peer-orders.ts";

/** All peers of a run: those that stay, by process, and those that are to die, each in a room with two that stay. */
export interface Company {
  readonly staying: readonly (readonly PeerPlan[])[];
  readonly doomed: readonly PeerPlan[];
}

const processes = 2;
/** How many are to die. */
const doomedPeers = 6;

/** Rooms of two and three in turn; two sevenths of the peers come over gRPC, two as web pages do, half of these over a WebSocket, and one each over TCP, REST and MQTT. */
export function planCompany(peers: number, dooms: boolean): Company {
  const rooms: PeerPlan[][] = [];
  const plan = (index: number, room: number): PeerPlan => ({
    name: `p${index}`,
    room: `r${room}`,
    way: wayOf(index),
  });
  for (let index = 1; index <= peers; ) {
    const size = Math.min(2 + (rooms.length % 2), peers - index + 1);
    rooms.push(Array.from({ length: size }, () => plan(index++, rooms.length + 1)));
  }
  const doomed: PeerPlan[] = [];
  for (const room of rooms) {
    if (!dooms || doomed.length === doomedPeers || room.length < 3) continue;
    const last = room.pop();
    if (last !== undefined) doomed.push(last);
  }
  const staying = Array.from({ length: processes }, (_, process) =>
    rooms.filter((_room, index) => index % processes === process).flat(),
  );
  return { staying, doomed };
}

const ways: readonly PeerWay[] = ["gRPC", "TCP", "web", "gRPC", "REST", "WebSocket", "MQTT"];

function wayOf(index: number): PeerWay {
  return ways[index % ways.length] ?? "gRPC";
}
