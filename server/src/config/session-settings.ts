import { bytes, choice, integer, seconds } from "./formats.ts";
import { signalRateSettings } from "./signal-rate-settings.ts";

const kibibyte = 1024;
const mebibyte = 1024 * 1024;

/** Sessions and rooms: how long they wait, and what they hold. */
export const sessionSettings = {
  heartbeatMs: seconds("heartbeat", {
    default: 15,
    from: 0.1,
    to: 300,
    about: "interval of heartbeats on a quiet stream",
  }),
  resumeWindowMs: seconds("resume-window", {
    default: 30,
    from: 0,
    to: 3600,
    about: "how long a session without a stream can be resumed",
  }),
  firstMessageMs: seconds("first-message", {
    default: 10,
    from: 0.1,
    to: 300,
    about: "how long a stream may take to send join or resume",
  }),
  slowReaderMs: seconds("slow-reader", {
    default: 2,
    from: 0,
    to: 300,
    about: "how long a stream may be blocked while the mailbox behind it is full",
  }),
  seqGapMs: seconds("seq-gap", {
    default: 0.25,
    from: 0,
    to: 10,
    about: "how long a batch that leaves a gap in the numbers waits for the batch that it overtook",
  }),
  drainMs: seconds("drain", {
    default: 5,
    from: 0,
    to: 3600,
    about: "how long a server that is stopping waits for its clients to move to other nodes",
  }),
  drainDelayMs: seconds("drain-delay", {
    default: 2,
    from: 0,
    to: 300,
    about:
      "how long load balancers take to notice that a server is stopping; 0 if a preStop hook already waits",
  }),
  roomPeers: integer("room-peers", { default: 100, from: 2, to: 10_000, about: "maximum peers in one room" }),
  roomMetadataBytes: bytes("room-metadata-bytes", {
    default: 256 * kibibyte,
    from: 0,
    to: 64 * mebibyte,
    about: "maximum bytes of metadata in one room, over all peers",
  }),
  metadataBytes: bytes("metadata-bytes", {
    default: 4096,
    from: 0,
    to: 64 * kibibyte,
    about: "maximum bytes of one peer's metadata, keys and values",
  }),
  updatesPerSecond: integer("updates-per-second", {
    default: 5,
    from: 1,
    to: 1000,
    about: "maximum metadata updates of one peer per second",
  }),
  nodePeers: integer("node-peers", {
    default: 100_000,
    from: 1,
    to: 10_000_000,
    about: "maximum peers on this node",
  }),
  nodeLobbyPeers: integer("node-lobby-peers", {
    default: 10_000,
    from: 1,
    to: 10_000_000,
    about: "maximum clients that wait in lobbies on this node",
  }),
  mailboxSignals: integer("mailbox-signals", {
    default: 256,
    from: 1,
    to: 65_536,
    about: "maximum signals that wait for one peer",
  }),
  mailboxBytes: bytes("mailbox-bytes", {
    default: mebibyte,
    from: kibibyte,
    to: 64 * mebibyte,
    about: "maximum bytes that wait for one peer",
  }),
  signalBytes: bytes("signal-bytes", {
    default: 256 * kibibyte,
    from: kibibyte,
    to: mebibyte,
    about: "maximum bytes in one signal",
  }),
  signalRates: signalRateSettings,
  messageBytes: bytes("message-bytes", {
    default: mebibyte,
    from: kibibyte,
    to: 4 * mebibyte,
    about: "maximum bytes in one message, such as a batch",
  }),
  firstMessageBytes: bytes("first-message-bytes", {
    default: 16 * kibibyte,
    from: 8 * kibibyte,
    to: mebibyte,
    about: "maximum bytes of a message that are read or inflated before its session token is known",
  }),
  batchSignals: integer("batch-signals", {
    default: 256,
    from: 1,
    to: 65_536,
    about: "maximum signals in one batch",
  }),
  streams: integer("streams", {
    default: 1000,
    from: 1,
    to: 100_000,
    about: "maximum concurrent HTTP/2 streams on one connection",
  }),
  healthWatchers: integer("health-watchers", {
    default: 1000,
    from: 0,
    to: 1_000_000,
    about: "maximum concurrent Watch streams of grpc.health.v1",
  }),
  duplicatePeerId: choice("duplicate-peer-id", "policy", ["reject", "replace"], {
    default: "reject",
    about: "what happens to a join under the name of a connected peer",
  }),
};
