import { expect, test } from "vitest";
import { clientError } from "../signaling-error.ts";
import { FakeSession } from "../testing/fake-session.ts";
import { settle } from "../testing/settling-clock.ts";

const broken = clientError("NETWORK", "broken");

test("leave says so after all else, and is done when the service knows", async () => {
  const session = await new FakeSession().join();
  await session.send("ice-candidate");
  let left = false;
  void session.client.leave().then(() => {
    left = true;
  });
  await settle();
  expect(session.stream.batch.kinds).toEqual(["iceCandidate", "leave"]);
  expect(left).toBe(false);
  session.stream.batch.answer();
  expect(await session.told()).toEqual(["ice-candidate ok", "closed", "closed"]);
  expect(left).toBe(true);
  expect(session.stream.closed).toBe(true);
  expect(session.transport.last).toEqual([]);
  expect(session.clock.pending).toBe(0);
});

test("leave while the stream is away says so beside it", async () => {
  const session = await new FakeSession().join();
  session.stream.end(broken);
  await session.client.leave();
  expect(session.transport.last).toMatchObject([
    { sessionToken: "token", batch: [{ seq: 0, body: { case: "leave" } }] },
  ]);
  expect(session.clock.pending).toBe(0);
});

test("leave does not wait for a service that does not answer", async () => {
  const session = await new FakeSession().join();
  const leaving = session.client.leave();
  await session.clock.advance(3_000);
  await leaving;
  expect(session.transport.last.length).toBe(1);
  expect(session.clock.pending).toBe(0);
});

test("a page that goes away leaves; one that may come back keeps its session and resumes it", async () => {
  const gone = await new FakeSession().join();
  gone.page?.hide(false);
  expect(gone.transport.last.length).toBe(1);
  expect(gone.client.state).toBe("closed");

  const kept = await new FakeSession().join();
  kept.page?.hide(true);
  expect(kept.transport.last.length).toBe(0);
  expect(kept.stream.closed).toBe(true);
  expect(kept.clock.pending).toBe(0);
  kept.page?.show();
  await settle();
  expect(kept.stream.init.start.case).toBe("resume");
});
