import { expect, test } from "vitest";
import { Outbox } from "./outbox.ts";

/** An outbox and a broker that answers when it is asked to. */
function boxOf(window: number, mostAnswers = 10) {
  const sent: string[] = [];
  const answers: (() => void)[] = [];
  const outbox = new Outbox(
    (topic, _payload, done) => {
      sent.push(topic);
      answers.push(done);
    },
    window,
    mostAnswers,
  );
  return { outbox, sent, answers };
}

const payload = Buffer.from("x");

test("as many messages as the window has are without an answer, and the rest follow in order", () => {
  const { outbox, sent, answers } = boxOf(2);
  const done: string[] = [];
  for (const topic of ["a", "b", "c", "d"]) outbox.send(topic, payload, () => done.push(topic));
  expect(sent).toEqual(["a", "b"]);
  answers[0]?.();
  expect([sent, done]).toEqual([["a", "b", "c"], ["a"]]);
  answers[1]?.();
  answers[2]?.();
  expect([sent, done]).toEqual([
    ["a", "b", "c", "d"],
    ["a", "b", "c"],
  ]);
});

test("when the broker is gone, nothing is sent or reported any more", () => {
  const { outbox, sent, answers } = boxOf(1);
  const done: string[] = [];
  for (const topic of ["a", "b"]) outbox.send(topic, payload, () => done.push(topic));
  outbox.close();
  answers[0]?.();
  outbox.send("c", payload, () => done.push("c"));
  expect([sent, done]).toEqual([["a"], []]);
});

test("answers of the bridge that find too many waiting are not sent, and what the service sends is", () => {
  const { outbox, sent, answers } = boxOf(1, 2);
  const done: string[] = [];
  for (const topic of ["a", "b", "c"]) outbox.answer(topic, payload, () => done.push(topic));
  outbox.send("signal", payload, () => done.push("signal"));
  expect(done).toEqual(["c"]);
  for (let index = 0; index < 3; index++) answers[index]?.();
  expect(sent).toEqual(["a", "b", "signal"]);
  outbox.answer("d", payload, () => done.push("d"));
  answers[3]?.();
  expect(done).toEqual(["c", "a", "b", "signal", "d"]);
});
