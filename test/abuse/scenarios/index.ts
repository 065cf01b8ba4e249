import type { Attack } from "../attack.ts";
import { abortedGets } from "./aborted-gets.ts";
import { awayFlood } from "./away-flood.ts";
import { dearRequests } from "./dear-requests.ts";
import { foreignPages } from "./foreign-pages.ts";
import { idleConnections } from "./idle-connections.ts";
import { joinFlood } from "./join-flood.ts";
import { nameTheft } from "./name-theft.ts";
import { officeStorm } from "./office-storm.ts";
import { restRequests } from "./rest-requests.ts";
import { rosterFlood } from "./roster-flood.ts";
import { tcpConnections } from "./tcp-connections.ts";
import { tlsHandshakes } from "./tls-handshakes.ts";
import { tokenFlood } from "./token-flood.ts";
import { webSockets } from "./web-sockets.ts";
import { zeroWindows } from "./zero-windows.ts";

/** All attacks, in the order in which they are run. */
export const attacks: readonly Attack[] = [
  abortedGets,
  foreignPages,
  idleConnections,
  joinFlood,
  zeroWindows,
  dearRequests,
  tlsHandshakes,
  officeStorm,
  rosterFlood,
  awayFlood,
  nameTheft,
  webSockets,
  restRequests,
  tcpConnections,
  tokenFlood,
];
