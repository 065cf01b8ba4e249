import { createHash, createHmac, randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { within } from "../kit/within.ts";

const magic = 0x2112a442;
const method = { allocate: 0x0003, createPermission: 0x0008 } as const;
const attribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  peerAddress: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  addressFamily: 0x0017,
  transport: 0x0019,
} as const;
const udp = Buffer.from([17, 0, 0, 0]);
const family = { ipv4: Buffer.from([1, 0, 0, 0]), ipv6: Buffer.from([2, 0, 0, 0]) } as const;

interface Answer {
  /** 0 for success, otherwise the code of the error (RFC 8656, section 19). */
  readonly code: number;
  readonly attributes: ReadonlyMap<number, Buffer>;
}

/** As much of TURN (RFC 8656) as it takes to ask a relay for permission to reach a peer. */
export class TurnClient implements Disposable {
  readonly #socket: Socket = createSocket("udp4");
  readonly #port: number;
  readonly #username: string;
  readonly #password: string;
  #realm = "";
  #nonce: Buffer = Buffer.alloc(0);

  /** @param credentials of a user; or coturn's `static-auth-secret`, from which user and password are made */
  constructor(
    port: number,
    credentials: string | { readonly username: string; readonly credential: string },
  ) {
    this.#port = port;
    if (typeof credentials === "string") {
      this.#username = `${Math.floor(Date.now() / 1000) + 600}:test`;
      this.#password = createHmac("sha1", credentials).update(this.#username).digest("base64");
    } else {
      this.#username = credentials.username;
      this.#password = credentials.credential;
    }
  }

  /** Opens a relayed address. */
  async allocate(version: keyof typeof family): Promise<void> {
    const wanted: [number, Buffer][] = [
      [attribute.transport, udp],
      [attribute.addressFamily, family[version]],
    ];
    const asked = await this.#ask(method.allocate, wanted, false);
    this.#realm = asked.attributes.get(attribute.realm)?.toString() ?? "";
    this.#nonce = asked.attributes.get(attribute.nonce) ?? Buffer.alloc(0);
    const { code } = await this.#ask(method.allocate, wanted, true);
    if (code !== 0) throw new Error(`the relay refused an address of ${version}: ${code}`);
  }

  /** Asks whether data may be relayed to a peer: 0, or the code of the refusal. */
  async permission(peer: string): Promise<number> {
    const transaction = randomBytes(12);
    const wanted: [number, Buffer][] = [[attribute.peerAddress, xorAddress(peer, transaction)]];
    return (await this.#ask(method.createPermission, wanted, true, transaction)).code;
  }

  async #ask(
    type: number,
    own: readonly [number, Buffer][],
    signed: boolean,
    transaction = randomBytes(12),
  ): Promise<Answer> {
    const identity: [number, Buffer][] = [
      [attribute.username, Buffer.from(this.#username)],
      [attribute.realm, Buffer.from(this.#realm)],
      [attribute.nonce, this.#nonce],
    ];
    const body = Buffer.concat(
      [...own, ...(signed ? identity : [])].map(([name, value]) => tlv(name, value)),
    );
    const request = signed ? this.#sign(type, transaction, body) : message(type, transaction, body, 0);
    this.#socket.send(request, this.#port, "127.0.0.1");
    const [answer] = (await within(2000, "the relay to answer", once(this.#socket, "message"))) as [Buffer];
    return read(answer);
  }

  #sign(type: number, transaction: Buffer, body: Buffer): Buffer {
    const key = createHash("md5").update(`${this.#username}:${this.#realm}:${this.#password}`).digest();
    // The length counts the signature that is not there yet (RFC 8489, section 14.5).
    const text = message(type, transaction, body, 24);
    const signature = createHmac("sha1", key).update(text).digest();
    return Buffer.concat([text, tlv(attribute.messageIntegrity, signature)]);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

function message(type: number, transaction: Buffer, body: Buffer, more: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(body.byteLength + more, 2);
  head.writeUInt32BE(magic, 4);
  return Buffer.concat([head, transaction, body]);
}

function tlv(name: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(name, 0);
  head.writeUInt16BE(value.byteLength, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.byteLength % 4)) % 4)]);
}

/** An address and a port, obscured as XOR-PEER-ADDRESS has it (RFC 8489, section 14.2). */
function xorAddress(address: string, transaction: Buffer): Buffer {
  const bytes = bytesOf(address);
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE(magic, 0);
  const key = Buffer.concat([mask, transaction]);
  const head = Buffer.from([0, bytes.byteLength === 16 ? 2 : 1, 0, 0]);
  head.writeUInt16BE(9 ^ (magic >>> 16), 2);
  return Buffer.concat([head, Buffer.from(bytes.map((byte, index) => byte ^ (key[index] ?? 0)))]);
}

function bytesOf(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split(".").map(Number));
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [left = "", right] = groups.split("::");
  const words = (text: string) =>
    text === "" ? [] : text.split(":").map((word) => Number.parseInt(word, 16));
  const [before, after] = [words(left), words(right ?? "")];
  const zeros = right === undefined ? 0 : 8 - before.length - after.length;
  const bytes = Buffer.alloc(16);
  for (const [index, word] of [...before, ...Array<number>(zeros).fill(0), ...after].entries())
    bytes.writeUInt16BE(word, 2 * index);
  return bytes;
}

function read(answer: Buffer): Answer {
  const attributes = new Map<number, Buffer>();
  for (let at = 20; at + 4 <= answer.byteLength; ) {
    const length = answer.readUInt16BE(at + 2);
    attributes.set(answer.readUInt16BE(at), answer.subarray(at + 4, at + 4 + length));
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  const error = attributes.get(attribute.errorCode);
  return { code: error === undefined ? 0 : (error[2] ?? 0) * 100 + (error[3] ?? 0), attributes };
}
