import { create, toBinary } from "@bufbuild/protobuf";
import { SignalResponseSchema } from "@parley/contract";
import type { IcePolicy } from "../admission/ice-policy.ts";
import type { IceOffer } from "../admission/ice-servers.ts";
import { durationOf, peerOf } from "../switchboard/entry.ts";
import { nameOf } from "../switchboard/hidden.ts";
import type { Attached } from "../switchboard/switchboard.ts";
import type { SessionContext } from "./session-context.ts";

/** The `Welcome` of a session, as an encoded `SignalResponse`. */
export function encodeWelcome(
  attached: Attached,
  context: SessionContext,
  ice: IceOffer,
  icePolicy: IcePolicy | undefined,
): Uint8Array {
  const { seat, token, roster, rosterVersion, rosterUnchanged, resumed, accepted } = attached;
  const { settings } = context;
  return toBinary(
    SignalResponseSchema,
    create(SignalResponseSchema, {
      ack: accepted,
      body: {
        case: "welcome",
        value: {
          sessionToken: token,
          you: peerOf({ ...seat.self, peerId: nameOf(seat.self.peerId) }, false),
          peers: roster.map((peer) => peerOf(peer, seat.self.joinedAt > peer.joinedAt)),
          rosterVersion,
          rosterUnchanged,
          iceServers: [...ice.servers],
          ...(icePolicy === undefined ? {} : { icePolicy }),
          limits: {
            signalBytes: settings.signalBytes,
            batchSignals: settings.batchSignals,
            batchBytes: settings.messageBytes,
            mailboxSignals: settings.mailboxSignals,
            mailboxBytes: settings.mailboxBytes,
            roomPeers: settings.roomPeers,
            streamsPerConnection: settings.streams,
            metadataBytes: settings.metadataBytes,
          },
          heartbeatInterval: durationOf(settings.heartbeatMs),
          resumeWindow: durationOf(settings.resumeWindowMs),
          resumed,
          server: { node: settings.node, version: settings.version },
        },
      },
    }),
  );
}
