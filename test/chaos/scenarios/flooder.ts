import { SignalingClient, SignalingError } from "../../../client-web/src/index.ts";
import { sdpOf } from "../../proxies/sdp.ts";
import { transportOf } from "../fresh-transport.ts";

const offerBytes = 4096;

/** A peer that sends offers to one other without waiting for it, and counts what became of them. */
export class Flooder implements AsyncDisposable {
  readonly #client: SignalingClient;
  readonly #to: string;
  readonly #rejections = new Map<string, number>();
  sent = 0;
  acked = 0;

  private constructor(client: SignalingClient, to: string) {
    this.#client = client;
    this.#to = to;
  }

  static async join(url: string, room: string, to: string): Promise<Flooder> {
    const client = new SignalingClient({ transport: transportOf("gRPC", url), room });
    await client.connect();
    return new Flooder(client, to);
  }

  /** Those that were neither acknowledged nor rejected. */
  get open(): number {
    return this.sent - this.acked - this.rejected;
  }

  get rejected(): number {
    return [...this.#rejections.values()].reduce((sum, count) => sum + count, 0);
  }

  get reasons(): string {
    return [...this.#rejections].map(([reason, count]) => `${reason} ${count}`).join(", ");
  }

  rejectedFor(reason: string): number {
    return this.#rejections.get(reason) ?? 0;
  }

  send(): void {
    const sdp = sdpOf(String(++this.sent), offerBytes);
    this.#client.send({ to: this.#to, kind: "offer", sdp }).then(
      () => {
        this.acked++;
      },
      (error: unknown) => {
        const reason = error instanceof SignalingError ? error.reason : String(error);
        this.#rejections.set(reason, this.rejectedFor(reason) + 1);
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
  }
}
