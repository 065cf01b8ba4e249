import { connect, type Socket } from "node:net";
import { sizeDelimitedDecodeStream, sizeDelimitedEncode } from "@bufbuild/protobuf/wire";
import { type Closed, reasonName, SignalRequestSchema, SignalResponseSchema } from "@parley/contract";
import { Inbox } from "./inbox.ts";
import type { Status } from "./status.ts";
import { firstRequest, firstWithAccess, nameOfCode, requestOf, type Stream, type Way } from "./way.ts";

/** How a connection begins. */
export const tcpPreface = Buffer.from("\0parley1", "latin1");

/** A message of that length which says nothing of the contract. */
const garbage = Buffer.from("\x0dnot a message");

/** Signal over TCP, with the framing of protobuf-es. */
export const tcp: Way = {
  name: "TCP by node:net",
  form: "signal",
  halfCloses: false,
  open(url, first, bearer) {
    const { socket, stream } = openTcp(url);
    const request = firstRequest(firstWithAccess(first, bearer));
    const bytes = first.case === "garbage" ? garbage : sizeDelimitedEncode(SignalRequestSchema, request);
    socket.write(Buffer.concat([tcpPreface, bytes]));
    return stream;
  },
  openSilent(url) {
    const { socket, stream } = openTcp(url);
    // As soon as it is known what it speaks, the time of the first message counts, and not that of a silent connection.
    socket.write(tcpPreface);
    return stream;
  },
};

function openTcp(url: string): { readonly socket: Socket; readonly stream: Stream } {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const inbox = new Inbox();
  void readTcp(socket, inbox);
  const stream: Stream = {
    inbox,
    async send(_token, ...signals) {
      for (const each of signals) socket.write(sizeDelimitedEncode(SignalRequestSchema, requestOf(each)));
    },
    halfClose() {},
    cut() {
      inbox.release();
      socket.destroy();
    },
  };
  return { socket, stream };
}

async function readTcp(socket: Socket, inbox: Inbox): Promise<void> {
  try {
    for await (const { body, ...response } of sizeDelimitedDecodeStream(SignalResponseSchema, socket)) {
      if (body.case === "closed") inbox.end(statusOfClosed(body.value));
      else inbox.push({ ...response, body });
      await inbox.flowing();
    }
  } catch {
    // The connection was lost.
  }
  inbox.end({ code: "CUT" });
}

/** How a stream ended, as its last message says. */
export function statusOfClosed({ code, reason }: Closed): Status {
  return code === 0 ? { code: "OK" } : { code: nameOfCode(code), reason: reasonName(reason) };
}
