/** A description of about this many bytes, and a mark to know it by. */
export function sdpOf(mark: string, bytes = 1000): string {
  const head = `v=0\r\no=- ${mark.length} 1 IN IP4 0.0.0.0\r\ns=${mark}\r\nt=0 0\r\n`;
  const print = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}\r\n`;
  const line = `a=x-filler:${"x".repeat(100)}\r\n`;
  return head + print + line.repeat(Math.max(0, Math.floor((bytes - head.length) / line.length)));
}
