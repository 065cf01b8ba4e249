import { systemClock } from "./clock.ts";
import type { LinkLimits } from "./rtc/link-limits.ts";
import type { LinkOptions } from "./rtc/link-options.ts";
import { Room } from "./rtc/room.ts";
import { defaultJoinTimeoutMs } from "./session/joining.ts";
import type { SessionTransport, Via } from "./session/session-transport.ts";
import { SignalingClient } from "./session/signaling-client.ts";
import type { SignalingClientOptions } from "./session/signaling-client-options.ts";
import { TabMemory } from "./session/tab-memory.ts";
import { defaultTransport } from "./transport/default-transport.ts";
import { loadTransport } from "./transport/load-transport.ts";

/** What a room is joined with. */
export interface JoinRoomOptions extends Omit<SignalingClientOptions, "transport" | "memory">, LinkLimits {
  /** The base URL of the service; unused if `transport` is given. @default the origin of the page */
  readonly url?: string | URL | undefined;
  /** How to reach the service, instead of `url` and `via`. */
  readonly transport?: SessionTransport | undefined;
  /**
   * How the session is carried. "auto" takes a WebSocket over `http:` and a stream over `https:`, whichever of both works
   * if the first does not, and polls if neither does. `room.via` says what is used. @default "auto"
   */
  readonly via?: Via | "auto" | undefined;
  /**
   * Called while this client waits in the lobby of the room, with its place in the queue, from 1. `joinRoom` resolves when a
   * member lets it in, and rejects with `ADMISSION_REFUSED` if one turns it away.
   */
  readonly onWaiting?: ((position: number) => void) | undefined;
  /** Where the session is remembered, so that a page that is loaded again gets its name back. @default new TabMemory() */
  readonly memory?: SignalingClientOptions["memory"];
  /** The configuration of every link; its ICE servers are added to those of the service. @default {} */
  readonly rtcConfiguration?: RTCConfiguration | undefined;
  /** Makes the connection of every link, for runtimes without WebRTC. @default `new RTCPeerConnection()` */
  readonly createConnection?: LinkOptions["createConnection"];
}

/**
 * Joins a room. Resolves when the session is open.
 *
 * ```ts
 * const room = await joinRoom({ url, room: "standup" });
 * room.on("peer", (peer) => {
 *   const link = room.connect(peer, { stream });
 *   link.on("track", (track, [remote]) => show(remote));
 * });
 * ```
 *
 * Rejects with a `SignalingError`: such as `ROOM_FULL`, or `PEER_ID_TAKEN` by a live peer, at once, `NETWORK` when the service
 * cannot be reached within `joinTimeoutMs`, `ABORTED` when `signal` is aborted.
 */
export async function joinRoom(options: JoinRoomOptions): Promise<Room> {
  const { onWaiting, memory = new TabMemory() } = options;
  const transport = options.transport ?? (await loadDefault(options));
  const client = new SignalingClient({ ...options, transport, memory });
  if (onWaiting !== undefined) client.on("waiting", onWaiting);
  // Before the session is open, so that the room misses nothing.
  const room = new Room(client, options);
  await client.connect();
  return room;
}

/** The code of a way to the service that a page does not use is never loaded. */
function loadDefault(options: JoinRoomOptions): Promise<SessionTransport> {
  const { url = location.origin, via = "auto", clock = systemClock } = options;
  const { joinTimeoutMs: timeoutMs = defaultJoinTimeoutMs, signal } = options;
  return loadTransport(() => defaultTransport({ url, clock, via }), { clock, timeoutMs, signal });
}
