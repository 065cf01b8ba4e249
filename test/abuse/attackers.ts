import {
  type ClientHttp2Session,
  connect as connectHttp2,
  type SecureClientSessionOptions,
} from "node:http2";
import { connect, type Socket } from "node:net";
import type { Target } from "./target.ts";

/** The loopback address of the attacker with this number: from 127.0.0.2 on, so that it is not that of the honest peers. */
export function addressOf(attacker: number): string {
  return `127.0.${Math.floor(attacker / 250)}.${2 + (attacker % 250)}`;
}

/** A TCP connection from an attacker's address. Its errors are part of the attack. */
export function openSocket(target: Target, attacker = 0): Socket {
  const socket = connect({ host: target.host, port: target.port, localAddress: addressOf(attacker) });
  socket.on("error", ignore);
  return socket;
}

/** An HTTP/2 connection from an attacker's address. Its errors are part of the attack. */
export function openHttp2(
  target: Target,
  attacker = 0,
  options: SecureClientSessionOptions = {},
): ClientHttp2Session {
  const session = connectHttp2(target.url, {
    ...options,
    createConnection: () => openSocket(target, attacker),
  });
  session.on("error", ignore);
  return session;
}

export function ignore(): void {}
