import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { type JoinSchema, type ResumeSchema, SignalingService, type Welcome } from "@parley/contract";
import { openSocket } from "./attackers.ts";
import type { Target } from "./target.ts";

type Start =
  | { readonly case: "join"; readonly value: MessageInitShape<typeof JoinSchema> }
  | { readonly case: "resume"; readonly value: MessageInitShape<typeof ResumeSchema> };

/** A client of the contract, over one HTTP/2 connection from an attacker's address. */
export class AttackClient implements Disposable {
  readonly service: Client<typeof SignalingService>;
  readonly #sessions: Http2SessionManager;

  constructor(target: Target, attacker: number) {
    const createConnection = () => openSocket(target, attacker);
    this.#sessions = new Http2SessionManager(target.url, {}, { createConnection });
    this.service = createClient(
      SignalingService,
      createConnectTransport({
        baseUrl: target.url,
        sessionManager: this.#sessions,
        httpVersion: "2",
      }),
    );
  }

  /** Joins by a poll: the session then waits, without a stream. */
  async joinAway(join: MessageInitShape<typeof JoinSchema>): Promise<Welcome> {
    return this.#welcome({ case: "join", value: join });
  }

  /** Resumes by a poll. */
  async resumeAway(sessionToken: string): Promise<Welcome> {
    return this.#welcome({ case: "resume", value: { sessionToken, rosterVersion: 1 } });
  }

  async #welcome(start: Start): Promise<Welcome> {
    let welcome: Welcome | undefined;
    for await (const { body } of this.service.receive({ start, poll: true })) {
      if (body.case === "welcome") welcome ??= body.value;
    }
    if (welcome === undefined) throw new Error("a poll without a Welcome");
    return welcome;
  }

  /** Leaves a room. */
  async leave(sessionToken: string): Promise<void> {
    await this.service.sendSignals({ sessionToken, signals: [{ body: { case: "leave", value: {} } }] });
  }

  [Symbol.dispose](): void {
    this.#sessions.abort();
  }
}
