import type { IceServer } from "@parley/contract/plain";

/** ICE servers of the contract, as WebRTC takes them. */
export function rtcIceServers(servers: readonly IceServer[]): RTCIceServer[] {
  return servers.map(({ urls, username, credential }) => ({
    urls,
    ...(username === "" ? {} : { username }),
    ...(credential === "" ? {} : { credential }),
  }));
}
