/** A session description that the service takes, with this name in it; `bytes` pads it. */
export function sdp(name: string, bytes = 0): string {
  const lines = [
    "v=0",
    "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
    `s=${name}`,
    "t=0 0",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    "a=fingerprint:sha-256 0F:3C:9A:11:D2:5E:77:B0:4B:8C:A6:19:E3:52:C4:7D:0F:3C:9A:11:D2:5E:77:B0:4B:8C:A6:19:E3:52:C4:7D",
  ];
  if (bytes > 0) lines.push(`a=padding:${"x".repeat(bytes)}`);
  return `${lines.join("\r\n")}\r\n`;
}

/** The name in an SDP that `sdp` made; says so where a byte of it is another. */
export function nameInSdp(text: string): string {
  const name = /^s=(.*?)\r$/m.exec(text)?.[1] ?? "";
  const padding = /a=padding:(x*)/.exec(text)?.[1]?.length ?? 0;
  return text === sdp(name, padding) ? name : `altered SDP: ${JSON.stringify(text.slice(0, 200))}`;
}

/** A candidate that the service takes, whose foundation is this name. */
export function candidate(name: string): string {
  return `candidate:${name} 1 udp 2122260223 192.0.2.1 54400 typ host generation 0 ufrag Vx3k`;
}

export function nameInCandidate(text: string): string {
  const name = /^candidate:(\S+) /.exec(text)?.[1] ?? "";
  return text === candidate(name) ? name : `altered candidate: ${JSON.stringify(text)}`;
}
