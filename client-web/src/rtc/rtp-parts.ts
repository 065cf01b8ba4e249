// Stacks without media, such as the polyfill of node-datachannel, lack these methods or throw "not implemented".

/** What a connection sends. */
export function sendersOf(connection: RTCPeerConnection): readonly RTCRtpSender[] {
  try {
    return connection.getSenders?.() ?? [];
  } catch {
    return [];
  }
}

/** What a connection receives. */
export function receiversOf(connection: RTCPeerConnection): readonly RTCRtpReceiver[] {
  try {
    return connection.getReceivers?.() ?? [];
  } catch {
    return [];
  }
}
