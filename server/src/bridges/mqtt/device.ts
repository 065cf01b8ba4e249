import { Reason, type SignalRequest } from "@parley/contract";
import type { Rate, RateLimiter } from "../../time/rate-limiter.ts";
import type { Timer, Timers } from "../../time/timers.ts";
import { brokenEnding, closedPayload, type Ending, endingOf, rejectedPayload } from "./answers.ts";
import { decodeRequest, encodeRequest, type Form, formOf, kindOf } from "./payload.ts";
import { type OpenSocket, ServiceStream } from "./service-stream.ts";
import type { DeviceNames } from "./topics.ts";

/** What one device may cost. */
export interface DeviceLimits {
  readonly payloadBytes: number;
  /** How many messages may wait, in each direction. */
  readonly queuedMessages: number;
  /** How long a device may be silent, in milliseconds. */
  readonly silenceMs: number;
  /** How often it may join and resume. */
  readonly openings: Rate;
}

/** What the devices of a bridge share. */
export interface DeviceContext {
  readonly openSocket: OpenSocket;
  /** Finds the access token of a device that sends none, or "". */
  readonly accessToken: ((peerId: string) => string) | undefined;
  readonly limits: DeviceLimits;
  readonly timers: Timers;
  /** To the service all devices have one address: none may use up what that address may open. */
  readonly openings: RateLimiter;
  /** Publishes to `…/down` of a device. */
  send(base: string, payload: Buffer, done: () => void): void;
  /** As `send`, for what the bridge itself answers. If too many answers wait, it is dropped. */
  answer(base: string, payload: Buffer, done: () => void): void;
  /** Nothing is known of the device any more. */
  forget(device: Device): void;
}

/** How often a device without a stream is reminded of that, in milliseconds. */
const reminderMs = 1000;
const overloadRetryMs = 1000;

/** A device at the broker: an ordinary peer, which has a stream at the service while this bridge is the active one. */
export class Device {
  readonly base: string;
  readonly #names: DeviceNames;
  readonly #context: DeviceContext;
  /** How it wrote its first message, and so how it is answered. */
  readonly #form: Form;
  #stream: ServiceStream | undefined;
  #silence: Timer | undefined;
  /** How many messages the broker has not taken yet. */
  #unsent = 0;
  #isPaused = false;
  /** How many answers of the bridge itself the broker has not taken yet. */
  #answers = 0;
  #remindedAt = Number.NEGATIVE_INFINITY;

  constructor(context: DeviceContext, base: string, names: DeviceNames, first: Buffer) {
    this.#context = context;
    this.base = base;
    this.#names = names;
    this.#form = formOf(first);
    this.heard();
  }

  get hasStream(): boolean {
    return this.#stream !== undefined;
  }

  /** It has sent something, to this bridge or to the active one. */
  heard(): void {
    const { timers, limits } = this.#context;
    timers.cancel(this.#silence);
    this.#silence = timers.after(limits.silenceMs, () => this.#silent());
  }

  /** Takes one message of the device. */
  up(payload: Buffer): void {
    this.heard();
    const { payloadBytes, queuedMessages } = this.#context.limits;
    if (payload.byteLength > payloadBytes) {
      const message = `a message may have ${payloadBytes} bytes`;
      return this.#end(endingOf(Reason.MESSAGE_TOO_LARGE, message));
    }
    const form = formOf(payload);
    const kind = kindOf(payload, form);
    if (kind === "opening") return this.#open(payload, form);
    if (this.#stream === undefined) return this.#remind();
    const own = kind === "unreadable" ? undefined : this.#inOwnForm(payload, form);
    if (own === undefined) {
      return this.#answer(rejectedPayload(Reason.MALFORMED_MESSAGE, unreadable(form), this.#form));
    }
    if (this.#stream.unsent >= queuedMessages) {
      const message = `${queuedMessages} messages of this device wait for the service`;
      return this.#end(endingOf(Reason.RATE_LIMITED, message, { retryAfterMs: overloadRetryMs }));
    }
    this.#stream.send(own);
  }

  /** Its Will came: its connection to the broker is lost. The session waits for a resume. */
  gone(): void {
    // A Will of an older connection can come late; a device that is there after all then resumes.
    this.end(brokenEnding("the broker lost the connection to this device", true));
  }

  /** Ends its stream, if it has one, and reports why. */
  end(ending: Ending): void {
    this.#end(ending);
    this.drop();
    this.#context.forget(this);
  }

  /** Asks it to resume: the bridge that it knew is gone. */
  recall(retryAfterMs: number): void {
    if (this.#stream !== undefined) return;
    this.#end(endingOf(Reason.GOING_AWAY, "another bridge serves this device now", { retryAfterMs }));
  }

  /** The connection to the broker is lost, and what waited for it. */
  lost(): void {
    this.#answers = 0;
    this.detach();
  }

  /** Cuts its stream, unreported: this bridge does not serve it any more. */
  detach(): void {
    this.#stream?.close();
    this.#stream = undefined;
    this.#unsent = 0;
    this.#isPaused = false;
  }

  /** Frees what it holds. */
  drop(): void {
    this.detach();
    this.#context.timers.cancel(this.#silence);
  }

  /** A join or a resume. It replaces the stream that the device had. */
  #open(payload: Buffer, form: Form): void {
    const request = decodeRequest(payload, form);
    if (request !== undefined) this.#addAccess(request);
    const first = request && encodeRequest(request, this.#form);
    if (request === undefined || first === undefined) {
      return this.#end(endingOf(Reason.MALFORMED_MESSAGE, unreadable(form)));
    }
    const waitMs = this.#context.openings.take(this.base);
    if (waitMs > 0) {
      const message = "this device joins and resumes too often";
      return this.#end(endingOf(Reason.RATE_LIMITED, message, { retryAfterMs: waitMs }));
    }
    const { body } = request;
    if (body.case === "join") {
      const { room, peerId } = this.#names;
      const field = body.value.room !== room ? "room" : body.value.peerId !== peerId ? "peer_id" : undefined;
      if (field !== undefined) return this.#refuse(`join.${field}`);
    }
    this.detach();
    const stream: ServiceStream = new ServiceStream(this.#context.openSocket, this.#form, {
      welcomed: (peerId) => {
        if (peerId === this.#names.peerId) return true;
        this.#refuse("resume.session_token");
        return false;
      },
      response: (response) => this.#response(stream, response),
      ended: (ending) => this.#ended(ending),
    });
    this.#stream = stream;
    // As this bridge has read it: the names that were checked are those that the service reads.
    stream.send(first);
  }

  /** A device that sends no access token gets the one that the bridge keeps for it. */
  #addAccess({ body }: SignalRequest): void {
    const { accessToken } = this.#context;
    if (accessToken === undefined || (body.case !== "join" && body.case !== "resume")) return;
    body.value.accessToken ||= accessToken(this.#names.peerId);
  }

  /** The topic is what the broker has granted to the device, so it speaks for no other peer. */
  #refuse(field: string): void {
    const { room, peerId } = this.#names;
    const message = `this is the topic of the peer ${peerId} in the room ${room}`;
    this.#end(endingOf(Reason.ACCESS_DENIED, message, { field }));
  }

  #inOwnForm(payload: Buffer, form: Form): Buffer | undefined {
    if (form === this.#form) return payload;
    const request = decodeRequest(payload, form);
    return request && encodeRequest(request, this.#form);
  }

  #response(stream: ServiceStream, payload: Buffer): void {
    this.#context.send(this.base, payload, () => {
      if (this.#stream !== stream) return;
      this.#unsent--;
      if (!this.#isPaused || this.#unsent > this.#context.limits.queuedMessages / 2) return;
      this.#isPaused = false;
      stream.resume();
    });
    this.#unsent++;
    if (this.#isPaused || this.#unsent < this.#context.limits.queuedMessages) return;
    this.#isPaused = true;
    stream.pause();
  }

  #ended(ending: Ending | undefined): void {
    this.detach();
    if (ending !== undefined) this.#answer(closedPayload(ending, this.#form));
  }

  #end(ending: Ending): void {
    this.detach();
    this.#answer(closedPayload(ending, this.#form));
  }

  /** A message without a stream: the bridge has changed, or an answer was lost. */
  #remind(): void {
    const now = this.#context.timers.now();
    if (now - this.#remindedAt < reminderMs) return;
    this.#remindedAt = now;
    this.#answer(
      closedPayload(brokenEnding("this device has no stream here: join or resume", true), this.#form),
    );
  }

  #silent(): void {
    const seconds = this.#context.limits.silenceMs / 1000;
    if (this.#stream === undefined) {
      this.drop();
      return this.#context.forget(this);
    }
    this.end(endingOf(Reason.HEARTBEAT_TIMEOUT, `nothing came from this device for ${seconds} seconds`));
  }

  /** An answer of the bridge. One that finds as many waiting as may wait is not sent: the next message gets another. */
  #answer(payload: Buffer): void {
    if (this.#answers >= this.#context.limits.queuedMessages) return;
    this.#answers++;
    this.#context.answer(this.base, payload, () => {
      this.#answers--;
    });
  }
}

function unreadable(form: Form): string {
  return form === "json" ? "the payload is not a JSON message" : "the payload is not a protobuf message";
}
