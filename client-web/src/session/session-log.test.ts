import { Reason } from "@parley/contract";
import { expect, test } from "vitest";
import { contractError } from "../testing/fake-error.ts";
import { FakeSession } from "../testing/fake-session.ts";
import { fakePeer } from "../testing/fake-transport.ts";
import { settle } from "../testing/settling-clock.ts";
import { logSession } from "./session-log.ts";

test("a session is logged from its beginning, without what is secret", async () => {
  const lines: string[] = [];
  const session = new FakeSession({ debug: (client) => logSession(client, (line) => lines.push(line)) });
  await session.join({ peers: [fakePeer("b", 1)] });
  await session.send("offer", "v=0 secret");
  session.stream.batch.answer();
  await settle();
  session.stream.tell({
    sender: "b",
    negotiationId: "n",
    body: { case: "bye", value: { reason: "secret" } },
  });
  session.stream.end(contractError(Reason.SESSION_LOST, "lost"));
  await settle();
  session.client.close();
  expect(lines).toEqual([
    "connecting",
    "peer b (2)",
    "open",
    "out 1 offer to b, ",
    "out 1 offer to b, , acknowledged after 0 ms",
    "in 1 bye from b, n",
    "reconnecting: SESSION_LOST",
    "peer b (2) left: reset",
    "a new session begins: SESSION_LOST",
    "closed",
  ]);
});
