import { decode, encode, SignalRequest, SignalResponse } from "@parley/contract/plain";
import { connect, type MqttClient } from "mqtt";
import type { SessionTransport } from "../../client-web/src/index.ts";
import type { SessionStream, StreamInit } from "../../client-web/src/session/session-transport.ts";
import { request } from "../../client-web/src/session/signals.ts";
import { clientError, type SignalingError } from "../../client-web/src/signaling-error.ts";
import { webSocketTransport } from "../../client-web/src/websocket.ts";
import { deviceBase } from "../../server/src/bridges/mqtt/topics.ts";
import { errorOfClosed } from "./closed-error.ts";
import { startWithAccess } from "./tcp-transport.ts";

/** A device at a broker. */
export interface DevicePlace {
  /** The address of the broker. */
  readonly broker: string;
  /** The address of the service, for what is sent beside a stream. */
  readonly url: string;
  readonly room: string;
  readonly peerId: string;
}

/** How long a connection to the broker may be silent, in seconds. */
const keepalive = 5;

/** A session of a device behind the bridge. Each stream has a new connection to the broker, under one client id. */
export function mqttTransport(place: DevicePlace): SessionTransport {
  return {
    // The device learns that the bridge is gone, and the bridge that the device is, only by what the other sends.
    answersHeartbeats: true,
    open: (init) => new MqttSessionStream(place, init),
    sendLast: (token, batch, accessToken) =>
      webSocketTransport({ url: place.url }).sendLast(token, batch, accessToken),
  };
}

class MqttSessionStream implements SessionStream {
  readonly #client: MqttClient;
  readonly #base: string;
  readonly #init: StreamInit;
  /** Rejects when the connection is lost. */
  readonly #lost = Promise.withResolvers<never>();
  #welcomed = false;
  #over = false;

  constructor({ broker, room, peerId }: DevicePlace, init: StreamInit) {
    this.#init = init;
    this.#base = deviceBase({ room, peerId });
    this.#client = connect(broker, {
      protocolVersion: 5,
      // With the same one, the broker closes the older connection, and publishes its Will, before this one is open.
      clientId: `${room}-${peerId}`,
      reconnectPeriod: 0,
      keepalive,
      will: { topic: `${this.#base}/gone`, payload: Buffer.from("gone"), qos: 1, retain: false },
    });
    this.#client.on("message", (_topic, payload) => this.#take(decode(SignalResponse, payload)));
    // Reported by "close" as well; without a listener it would end the process.
    this.#client.on("error", () => {});
    this.#lost.promise.catch((error: SignalingError) => this.#end(error));
    this.#client.on("close", () =>
      this.#lost.reject(clientError("NETWORK", "the connection to the broker was lost")),
    );
    this.#client.on("connect", () => {
      this.#client.subscribe(`${this.#base}/down`, { qos: 1 }, () => {});
      this.#publish(request(startWithAccess(init))).catch(() => {});
    });
  }

  async send(batch: readonly SignalRequest[], signal: AbortSignal): Promise<undefined> {
    if (this.#over) throw clientError("NETWORK", "the connection to the broker is closed");
    const taken = Promise.all(batch.map((each) => this.#publish(each)));
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(clientError("TIMEOUT", "the broker takes nothing"));
    signal.addEventListener("abort", abort, { once: true });
    try {
      await Promise.race([taken, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  close(): void {
    this.#over = true;
    this.#client.end(true);
  }

  #take(response: SignalResponse): void {
    if (this.#over) return;
    const { body } = response;
    if (body.case === "closed") return this.#end(errorOfClosed(body.value));
    if (body.case === "welcome") {
      // The first one answered an older connection: what has changed between the two was for that one.
      if (this.#welcomed) return this.#end(clientError("NETWORK", "two streams were opened on one topic"));
      this.#welcomed = true;
    }
    this.#init.response(response);
  }

  #end(error: SignalingError | undefined): void {
    if (this.#over) return;
    this.close();
    this.#init.end(error);
  }

  /** Resolves when the broker has it, and rejects if the connection is lost first. */
  #publish(message: SignalRequest): Promise<unknown> {
    const payload = Buffer.from(encode(SignalRequest, message));
    return Promise.race([
      this.#client.publishAsync(`${this.#base}/up`, payload, { qos: 1 }),
      this.#lost.promise,
    ]);
  }
}
