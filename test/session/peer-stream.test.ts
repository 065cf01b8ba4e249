import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Reason, SignalRequestSchema, type SignalResponse, SignalResponseSchema } from "@parley/contract";
import { expect, test } from "vitest";
import { type Admission, openAdmission } from "../../server/src/admission/admission.ts";
import { openGrants } from "../../server/src/admission/grants.ts";
import { signalRequests } from "../../server/src/session/first-message.ts";
import { PeerStream } from "../../server/src/session/peer-stream.ts";
import type { SessionOutput } from "../../server/src/session/session-output.ts";
import { TurnQueue } from "../../server/src/session/turn-queue.ts";
import type { Failure } from "../../server/src/switchboard/failure.ts";
import { offer } from "../contract/stage/actor.ts";
import { EventLog } from "../switchboard/event-log.ts";
import { makeHost } from "../wire/service-host.ts";

/** A stream that keeps what is written to it. */
class Output implements SessionOutput {
  readonly authorization = "Bearer token";
  readonly responses: SignalResponse[] = [];
  readonly calls: string[] = [];
  cause: Failure | undefined;
  ended = false;

  write(head: Uint8Array, rest: Uint8Array = new Uint8Array(0)): boolean {
    this.responses.push(fromBinary(SignalResponseSchema, Buffer.concat([head, rest])));
    return true;
  }

  end(cause?: Failure): void {
    this.cause = cause;
    this.ended = true;
  }

  opened(): void {
    this.calls.push("opened");
  }

  pause(): void {
    this.calls.push("pause");
  }

  resume(): void {
    this.calls.push("resume");
  }

  get bodies(): (string | undefined)[] {
    return this.responses.map(({ body }) => body.case);
  }
}

function bytesOf(request: Omit<MessageInitShape<typeof SignalRequestSchema>, "$typeName">): Uint8Array {
  return toBinary(SignalRequestSchema, create(SignalRequestSchema, request));
}

const join = (peerId: string) => bytesOf({ body: { case: "join", value: { room: "r", peerId } } });

/** A stream whose admission is decided by the test. */
function stage(figures: Parameters<typeof makeHost>[0] = {}) {
  const made = makeHost(figures);
  const { clock } = made;
  // Here everything happens in one turn, however slow the machine is.
  const attaches = new TurnQueue(() => {}, Number.POSITIVE_INFINITY);
  const host = { ...made.host, attaches };
  const decision = Promise.withResolvers<{ failure: Failure } | typeof granted>();
  const asked: unknown[] = [];
  const admission: Admission = {
    ...openAdmission,
    async admit(request) {
      asked.push(request);
      return { ...(await decision.promise), attach: request.attach };
    },
  };
  const errors: unknown[] = [];
  const log = new EventLog();
  const context = { ...host, admission, observer: log, onError: (error: unknown) => errors.push(error) };
  const output = new Output();
  const stream = new PeerStream(context, output, signalRequests);
  const settled = () => decision.promise.then(() => {}).catch(() => {});
  return { clock, host, decision, asked, errors, log, output, stream, settled };
}

const granted = { grants: openGrants };

test("a client joins once it is admitted, and what it sent meanwhile follows in order", async () => {
  const { host, decision, asked, output, stream, settled } = stage();
  const bob = new Output();
  new PeerStream(host, bob, signalRequests).message(join("bob"));
  stream.message(join("alice"));
  stream.message(bytesOf({ seq: 1, ...offer("bob", "one") }));
  stream.message(bytesOf({ seq: 2, ...offer("bob", "two") }));
  expect(output.bodies).toEqual([]);
  expect(output.calls).toEqual(["pause"]);
  expect(host.switchboard.counts().sessions).toBe(1);
  decision.resolve(granted);
  await settled();
  expect(output.bodies).toEqual(["welcome"]);
  expect(output.calls).toEqual(["pause", "opened", "resume"]);
  expect(asked).toMatchObject([{ attach: { kind: "join" }, authorization: "Bearer token" }]);
  expect(bob.bodies).toEqual(["welcome", "peerJoined", "offer", "offer"]);
  expect(bob.responses.map(({ seq }) => seq)).toEqual([0, 0, 1, 2]);
});

test("a client that is refused gets the failure, and no session", async () => {
  const { host, decision, output, stream, settled } = stage();
  stream.message(join("alice"));
  decision.resolve({ failure: { reason: Reason.RATE_LIMITED, message: "later", retryAfterMs: 5 } });
  await settled();
  expect(output).toMatchObject({ ended: true, cause: { reason: Reason.RATE_LIMITED, retryAfterMs: 5 } });
  expect(host.switchboard.counts().sessions).toBe(0);
});

test("an admission that fails is an internal error, which is logged", async () => {
  const { decision, errors, output, stream, settled } = stage();
  stream.message(join("alice"));
  const error = new TypeError("a fault of the admission");
  decision.reject(error);
  await settled();
  await settled();
  expect(output.cause?.reason).toBe(Reason.INTERNAL);
  expect(errors).toEqual([error]);
});

test("an admission that takes too long ends the stream", async () => {
  const { clock, host, decision, output, stream, settled } = stage();
  stream.message(join("alice"));
  const { firstMessageMs, admission } = host.settings;
  clock.advance(firstMessageMs);
  expect(output.ended).toBe(false);
  clock.advance(admission.timeoutMs);
  expect(output.cause?.reason).toBe(Reason.STORAGE_UNAVAILABLE);
  decision.resolve(granted);
  await settled();
  expect(host.switchboard.counts().sessions).toBe(0);
});

test("a client that is gone before it is admitted opens no session", async () => {
  const { clock, host, decision, stream, settled } = stage();
  stream.message(join("alice"));
  stream.closed();
  decision.resolve(granted);
  await settled();
  expect(host.switchboard.counts().sessions).toBe(0);
  clock.advance(host.settings.firstMessageMs);
  expect(clock.pending).toBe(0);
});

test("empty messages that wait for the admission are bounded too", () => {
  const { output, stream } = stage({ messageBytes: 5000 });
  stream.message(join("alice"));
  for (let sent = 0; sent < 100; sent++) stream.message(new Uint8Array(0));
  expect(output.cause?.reason).toBe(Reason.MESSAGE_TOO_LARGE);
});

test("what waits for the admission is bounded", () => {
  const { output, stream } = stage({ messageBytes: 5000 });
  stream.message(join("alice"));
  for (let seq = 1; !output.ended && seq < 1000; seq++) {
    stream.message(bytesOf({ seq, ...offer("bob", "one") }));
  }
  expect(output.cause?.reason).toBe(Reason.MESSAGE_TOO_LARGE);
});

test("a stream that is refused a session is observed once, with the limit that it hit", async () => {
  const { decision, log, settled, stream } = stage();
  stream.message(join("a"));
  decision.resolve({ failure: { reason: Reason.RATE_LIMITED, message: "too many" } });
  await settled();
  await expect.poll(() => log.events).not.toEqual([]);
  stream.closed();
  expect(log.events).toEqual(["refused RATE_LIMITED", "bounded RATE_LIMITED"]);
});

test("a stream that never asks for a session is observed once, and one that only closes is not", () => {
  const silent = stage();
  silent.clock.advance(11_000);
  silent.stream.closed();
  expect(silent.log.events).toEqual(["refused FIRST_MESSAGE_TIMEOUT"]);
  const gone = stage();
  gone.stream.closed();
  expect(gone.log.events).toEqual([]);
});

test("the end of a stream that had a session is observed once, with its cause if it has one", async () => {
  const closed = stage();
  closed.stream.message(join("a"));
  closed.decision.resolve(granted);
  await expect.poll(() => closed.output.bodies).toEqual(["welcome"]);
  closed.stream.closed();
  closed.stream.closed();
  expect(closed.log.events).toEqual(["stream ended"]);
  const failed = stage();
  failed.stream.message(join("a"));
  failed.decision.resolve(granted);
  await expect.poll(() => failed.output.bodies).toEqual(["welcome"]);
  failed.stream.message(join("a"));
  failed.stream.closed();
  expect(failed.log.events).toEqual(["stream ended ALREADY_JOINED"]);
});
