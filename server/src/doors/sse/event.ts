import { create, toJsonString } from "@bufbuild/protobuf";
import { type Closed, type SignalResponse, SignalResponseSchema } from "@parley/contract";
import { type ByteString, byteString } from "../../wire/byte-string.ts";

/**
 * A response as an event (HTML, section 9.2.6): its name is that of the body, its id the `seq`, so that
 * `Last-Event-ID` says what was received; a response without a number leaves that as it is.
 */
export function eventOf(response: SignalResponse): ByteString {
  const { seq, body } = response;
  const id = seq === 0 ? "" : `id: ${seq}\n`;
  const name = body.case === undefined ? "" : `event: ${body.case}\n`;
  // JSON has no line ends in it.
  return byteString(Buffer.from(`${name}${id}data: ${toJsonString(SignalResponseSchema, response)}\n\n`));
}

/** The last event of a stream. */
export function closedEvent(closed: Closed): ByteString {
  return eventOf(create(SignalResponseSchema, { body: { case: "closed", value: closed } }));
}
