/** How a link to a peer is made. */
export interface LinkOptions {
  /** Its tracks are sent to the peer. More can be added to the link at any time. @default none */
  readonly stream?: MediaStream | undefined;
  /** Merged with the configuration of the room; `iceServers` are added to those of the service. */
  readonly configuration?: RTCConfiguration | undefined;
  /**
   * Names the link on both sides, so that each of several links to one peer finds its counterpart. At most 128
   * visible ASCII characters. @default random; two sides that link at once are paired in order
   */
  readonly negotiationId?: string | undefined;
  /** Makes the connection. @default `new RTCPeerConnection(configuration)` */
  readonly createConnection?: ((configuration: RTCConfiguration) => RTCPeerConnection) | undefined;
  /**
   * How long this side leaves the first offer to the other, in milliseconds. Two sides that offer at once find
   * together too. @default 0 on the impolite side, 100 on the polite one
   */
  readonly offerAfterMs?: number | undefined;
}
