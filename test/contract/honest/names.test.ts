import { expect, test } from "vitest";
import { offer } from "../stage/actor.ts";
import { Stage } from "../stage/stage.ts";
import { pairs } from "./relay.ts";

/** A phone number, a tagged e-mail address, a SIP URI. */
const names = ["+4930901820", "alice+desk@example.com", "sip:bob@192.0.2.7:5060"] as const;

test.each(pairs)("phone numbers and addresses are names: $from.name, $to.name", async ({ from, to }) => {
  await using stage = await Stage.start(from);
  const room = "+1-202-555-0101+conference";
  const [phone, mail, sip] = names;
  const caller = await stage.join(phone, { room });
  const callee = await stage.join(mail, { room, way: to });
  await stage.join(sip, { room });
  await caller.hear(2);
  await callee.hear();
  const callId = "a84b4c76e66710@pc33.example.com";
  await caller.send(offer(callee, "an offer", callId));
  await callee.hear();
  expect(callee.transcript.at(-1)).toContain(`offer from ${phone} [${callId}]: an offer`);
  expect(callee.transcript[0]).toContain(`welcome ${mail}, meet ${phone}`);
});
