import { create, toBinary } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { SendSignalsRequestSchema, SignalingService } from "@parley/contract";
import type { SignalRequest } from "@parley/contract/plain";
import { type Clock, systemClock } from "../clock.ts";
import type { SessionStream, SessionTransport, StreamInit } from "../session/session-transport.ts";
import { clientError, type SignalingError } from "../signaling-error.ts";
import { connectErrorOf } from "./connect-error.ts";
import { CrowdedBrowser } from "./crowded-browser.ts";
import { linkAborts } from "./linked-abort.ts";
import { requestHeaders } from "./request-headers.ts";

/** How long a stream may be silent before it is tried by polling whether a proxy holds it, in milliseconds. */
const bufferedAfterMs = 4_000;
/** Within how many milliseconds a poll must be answered to show that streams are held, not the network slow. */
const pollProvesMs = 3_000;
/** How long a request may wait before it is asked whether the browser has a connection for it, in milliseconds. */
const crowdedAfterMs = 2_500;

/** What a `webTransport` is made from. */
export interface WebTransportOptions {
  /** The base URL of the service. */
  readonly url: string | URL;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Sent with every request. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Whether to ask again and again instead of reading one stream, which costs a request for each burst of
   * signals, but passes a proxy that holds a response back until it is whole. "auto" asks where a stream
   * stays silent although an answer to a question comes, and stays so. @default "auto"
   */
  readonly poll?: "auto" | "always" | "never" | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
}

/**
 * The session in two halves, `Receive` and `SendSignals`, by the Connect protocol over `fetch`: for browsers, and
 * for every runtime with `fetch`.
 */
export function webTransport(options: WebTransportOptions): SessionTransport {
  const baseUrl = String(options.url).replace(/\/+$/, "");
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const transport = createConnectTransport({ baseUrl, useBinaryFormat: true, fetch });
  const shared: Shared = {
    client: createClient(SignalingService, transport),
    headers: options.headers ?? {},
    clock: options.clock ?? systemClock,
    auto: (options.poll ?? "auto") === "auto",
    polling: options.poll === "always",
    browser: new CrowdedBrowser(baseUrl),
  };
  return {
    answersHeartbeats: true,
    open: (init) => new WebStream(shared, init),
    async sendLast(sessionToken, batch, accessToken) {
      const { typeName, method } = SignalingService;
      const request = create(SendSignalsRequestSchema, { sessionToken, signals: [...batch] });
      // Not by connect-web, which cannot ask for `keepalive`: nothing else outlives the page.
      await fetch(`${baseUrl}/${typeName}/${method.sendSignals.name}`, {
        method: "POST",
        keepalive: true,
        headers: {
          ...requestHeaders(shared.headers, accessToken),
          "content-type": "application/proto",
          "connect-protocol-version": "1",
        },
        body: toBinary(SendSignalsRequestSchema, request) as Uint8Array<ArrayBuffer>,
      });
    },
  };
}

interface Shared {
  readonly client: Client<typeof SignalingService>;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly auto: boolean;
  readonly browser: CrowdedBrowser;
  /** Whether streams are known to be held back. */
  polling: boolean;
}

class WebStream implements SessionStream {
  readonly #shared: Shared;
  readonly #init: StreamInit;
  readonly #headers: Record<string, string>;
  readonly #closed = new AbortController();
  readonly #leave: () => void;
  #sessionToken: string;

  constructor(shared: Shared, init: StreamInit) {
    this.#shared = shared;
    this.#init = init;
    this.#headers = requestHeaders(shared.headers, init.accessToken);
    this.#sessionToken = init.start.case === "resume" ? init.start.value.sessionToken : "";
    this.#leave = shared.browser.enter();
    // After the constructor, so that nothing is reported before there is a stream.
    queueMicrotask(() => void this.#receive());
  }

  async send(batch: readonly SignalRequest[], signal: AbortSignal) {
    const request = { sessionToken: this.#sessionToken, signals: [...batch] };
    const crowded = new AbortController();
    const abort = linkAborts(signal, this.#closed.signal, crowded.signal);
    const stop = this.#suspectCrowd(() => crowded.abort());
    try {
      return await this.#shared.client.sendSignals(request, { headers: this.#headers, signal: abort.signal });
    } catch (error) {
      throw crowded.signal.aborted ? crowdedError() : connectErrorOf(error);
    } finally {
      stop();
      abort.unlink();
    }
  }

  close(): void {
    this.#leave();
    this.#closed.abort();
  }

  /** Calls back if the browser has no connection for a request that waits already. Returns what cancels it. */
  #suspectCrowd(found: () => void): () => void {
    const { clock, browser } = this.#shared;
    if (!browser.counts) return () => {};
    let over = false;
    const stop = clock.after(crowdedAfterMs, async () => {
      if ((await browser.isFull()) && !over) found();
    });
    return () => {
      over = true;
      stop();
    };
  }

  async #receive(): Promise<void> {
    let crowded = false;
    const calm = this.#suspectCrowd(() => {
      crowded = true;
      this.close();
    });
    try {
      if (this.#shared.polling || !(await this.#stream(calm))) await this.#poll(calm);
      if (!this.#closed.signal.aborted) this.#init.end();
    } catch (error) {
      if (crowded) this.#init.end(crowdedError());
      else if (!this.#closed.signal.aborted) this.#init.end(connectErrorOf(error));
    } finally {
      calm();
      this.#leave();
    }
  }

  /** Reads one stream to its end. Returns false when it stays silent, and polling is worth a try. */
  async #stream(calm: () => void): Promise<boolean> {
    const silence = new AbortController();
    const stop = this.#shared.auto
      ? this.#shared.clock.after(bufferedAfterMs, () => silence.abort())
      : undefined;
    try {
      const { start } = this.#init;
      const answered = () => {
        stop?.();
        calm();
      };
      await this.#read({ start, poll: false }, answered, silence.signal);
      return true;
    } catch (error) {
      if (!silence.signal.aborted) throw error;
      return false;
    } finally {
      stop?.();
    }
  }

  async #poll(calm: () => void): Promise<void> {
    const { clock } = this.#shared;
    const askedAt = clock.now();
    let start: StreamInit["start"] = this.#init.start;
    let first = true;
    for (;;) {
      if (start.case === "resume") this.#init.held();
      const welcomed = () => {
        calm();
        if (first && clock.now() - askedAt < pollProvesMs) this.#shared.polling = true;
        first = false;
      };
      if (!(await this.#read({ start, poll: true }, welcomed))) {
        throw clientError("NETWORK", "a poll was answered with nothing");
      }
      if (this.#closed.signal.aborted) return;
      // In the lobby there is no session yet: the same join again waits for news.
      if (this.#sessionToken !== "") start = { case: "resume", value: this.#init.resume() };
    }
  }

  /** Reads the responses of one call; returns whether there were any. */
  async #read(
    request: { start: StreamInit["start"]; poll: boolean },
    first: (() => void) | undefined,
    silence?: AbortSignal,
  ): Promise<boolean> {
    const { signal, unlink } = linkAborts(this.#closed.signal, silence);
    let any = false;
    try {
      for await (const response of this.#shared.client.receive(request, { headers: this.#headers, signal })) {
        if (signal.aborted) break;
        if (!any) first?.();
        any = true;
        if (response.body.case === "welcome") this.#sessionToken = response.body.value.sessionToken;
        this.#init.response(response);
      }
      return any;
    } finally {
      unlink();
    }
  }
}

function crowdedError(): SignalingError {
  return clientError(
    "CONNECTIONS_EXHAUSTED",
    "other tabs use all connections that this browser opens to the service: close some, or serve it over HTTPS",
  );
}
