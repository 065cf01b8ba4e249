import { create, toBinary } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { SendSignalsRequestSchema, SignalRequestSchema } from "@parley/contract";
import type { Scene } from "./scene.ts";

const bytes = (message: Buffer): Buffer => message;

/**
 * Opens `count` sessions over one channel, through the proxy, and then sends a unary call over it. Resolves if all
 * of them got `Welcome` and the unary call was answered while they were open.
 */
export async function holdManySessions(scene: Scene, count: number): Promise<void> {
  const client = new grpc.Client(new URL(scene.url).host, grpc.credentials.createSsl(Buffer.from(scene.ca)));
  const deadline = Date.now() + 20_000;
  const openings = Array.from({ length: count }, (_, index) => {
    const call = client.makeBidiStreamRequest("/parley.v1.SignalingService/Signal", bytes, bytes, {
      deadline,
    });
    const join = create(SignalRequestSchema, { body: { case: "join", value: { room: `room-${index}` } } });
    call.write(Buffer.from(toBinary(SignalRequestSchema, join)));
    return new Promise((resolve, reject) => {
      call.once("data", resolve);
      call.on("error", reject);
    });
  });
  try {
    await Promise.all(openings);
    const request = Buffer.from(toBinary(SendSignalsRequestSchema, create(SendSignalsRequestSchema)));
    const code = await new Promise((resolve) => {
      client.makeUnaryRequest(
        "/parley.v1.SignalingService/SendSignals",
        bytes,
        bytes,
        request,
        { deadline },
        (error) => resolve(error?.code),
      );
    });
    if (code !== grpc.status.UNAUTHENTICATED) throw new Error(`the unary call ended with ${code}`);
  } finally {
    client.close();
  }
}
