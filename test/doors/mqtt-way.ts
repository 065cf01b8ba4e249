import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { reasonName, type SignalRequest, SignalRequestSchema, SignalResponseSchema } from "@parley/contract";
import { connect } from "mqtt";
import { deviceBase } from "../../server/src/bridges/mqtt/topics.ts";
import { Inbox } from "../contract/ways/inbox.ts";
import type { First, SignalInit, Way } from "../contract/ways/index.ts";
import { firstRequest, nameOfCode } from "../contract/ways/way.ts";

/** A device behind this broker. The bridge knows where the service is. */
export function mqttWay(broker: () => string): Way {
  return {
    name: "MQTT 5, by the bridge",
    form: "signal",
    halfCloses: false,
    open(_url, first) {
      const inbox = new Inbox();
      const base = deviceBase(addressOf(first));
      const client = connect(broker(), { protocolVersion: 5, reconnectPeriod: 0 });
      const publish = (request: SignalRequest) =>
        client.publishAsync(`${base}/up`, Buffer.from(toBinary(SignalRequestSchema, request)), { qos: 1 });
      let isOpen = false;
      client.on("error", () => inbox.end({ code: "CUT" }));
      client.on("message", (_topic, payload) => {
        const response = fromBinary(SignalResponseSchema, payload);
        isOpen ||= response.body.case === "welcome" || response.body.case === "closed";
        // What comes before is of the stream before, on the same topic.
        if (!isOpen) return;
        if (response.body.case !== "closed") return inbox.push(response);
        const { code, reason } = response.body.value;
        inbox.end({ code: nameOfCode(code), reason: reasonName(reason) });
      });
      void client.subscribeAsync(`${base}/down`, { qos: 1 }).then(() => publish(firstRequest(first)));
      return {
        inbox,
        async send(_token, ...signals: SignalInit[]) {
          for (const signal of signals) await publish(create(SignalRequestSchema, signal));
        },
        halfClose() {},
        cut() {
          inbox.end({ code: "CUT" });
          client.end(true);
        },
      };
    },
  };
}

/** The room and the name of a session, which its topics have. */
function addressOf(first: First): { room: string; peerId: string } {
  if (first.case === "join") return { room: first.value.room ?? "", peerId: first.value.peerId ?? "" };
  const token = first.case === "resume" ? (first.value.sessionToken ?? "") : "";
  const [address = ""] = token.split(".", 1);
  const [room = "", peerId = ""] = Buffer.from(address, "base64url").toString("latin1").split("/");
  return { room, peerId };
}
