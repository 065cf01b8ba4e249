import { ReceiveRequestField, SignalField } from "../codec/field-numbers.ts";
import { FieldReader, MalformedError } from "../codec/field-reader.ts";
import { readSignal } from "../codec/signal-reader.ts";
import { WireType } from "../codec/wire-type.ts";

/** What a stream begins with, before it is known to be a join or a resume. */
export interface FirstMessage {
  /** The field of `SignalRequest` that its body has; 0 if it has none. */
  readonly body: number;
  readonly bodyBytes: Uint8Array;
  /** Whether the stream ends after its first batch. */
  readonly poll: boolean;
}

/** Which messages a client sends on a stream. */
export interface RequestForm {
  /** The type of the messages, as the contract names it. */
  readonly name: string;
  /** Whether more messages follow the first: each a `SignalRequest`. */
  readonly continues: boolean;
  /** Reads the first message. Throws MalformedError. */
  readFirst(bytes: Uint8Array): FirstMessage;
}

/** As on `Signal`: every message is a `SignalRequest`. */
export const signalRequests: RequestForm = {
  name: "SignalRequest",
  continues: true,
  readFirst(bytes) {
    const { body, bodyBytes } = readSignal(bytes);
    return { body, bodyBytes, poll: false };
  },
};

/** As on `Receive`: a `ReceiveRequest`, and nothing else. */
export const receiveRequest: RequestForm = {
  name: "ReceiveRequest",
  continues: false,
  readFirst: readReceive,
};

const none = new Uint8Array(0);

function readReceive(bytes: Uint8Array): FirstMessage {
  const reader = new FieldReader(bytes);
  let body = 0;
  let bodyBytes: Uint8Array = none;
  let poll = false;
  while (reader.next()) {
    if (reader.field === ReceiveRequestField.join || reader.field === ReceiveRequestField.resume) {
      reader.expect(WireType.bytes);
      if (body !== 0) throw new MalformedError("it has two bodies");
      body = reader.field === ReceiveRequestField.join ? SignalField.join : SignalField.resume;
      bodyBytes = reader.value();
    } else if (reader.field === ReceiveRequestField.poll) {
      reader.expect(WireType.varint);
      poll = reader.varint !== 0;
    }
  }
  return { body, bodyBytes, poll };
}
