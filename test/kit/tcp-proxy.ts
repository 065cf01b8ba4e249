import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

interface Connection {
  readonly near: Socket;
  readonly far: Socket;
  readonly port: number;
  /** Whether its client hears of nothing more. */
  stalled: boolean;
  /** What the client has sent since it is held. */
  held?: Buffer[];
}

/** What goes toward the server, and what comes from it. */
export type Direction = "requests" | "responses";

export interface TcpProxyOptions {
  /**
   * Whether a broken connection is reset, as a network does that knows of it, instead of closed. While an end is on its way,
   * a reset leaves the handle open, and the process does not end. @default false
   */
  readonly resets?: boolean;
}

/**
 * A network that can be broken: leads each connection to the next of some ports that takes it, as a load balancer
 * does, and cuts, stalls and refuses connections when asked to.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #targets: () => readonly number[];
  readonly #server: Server;
  readonly #resets: boolean;
  readonly #connections = new Set<Connection>();
  readonly #sockets = new Set<Socket>();
  #next = 0;
  #down = false;
  #lingering: number | undefined;
  readonly #held: Connection[] = [];
  readonly #orphans = new Set<Socket>();
  /** Connections led so far. */
  led = 0;

  private constructor(targets: () => readonly number[], { resets = false }: TcpProxyOptions) {
    this.#targets = targets;
    this.#resets = resets;
    this.#server = createServer({ noDelay: true }, (near) => {
      this.#keep(near);
      if (this.#down) this.#break(near);
      else this.#lead(near, this.#targets().length);
    });
  }

  /** @param targets the ports to lead to. */
  static async start(targets: () => readonly number[], options: TcpProxyOptions = {}): Promise<TcpProxy> {
    const proxy = new TcpProxy(targets, options);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Host and port. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `http://${this.address}`;
  }

  /** How many sockets are open, two to a connection. */
  get sockets(): number {
    return this.#sockets.size;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Connections to a lingering port whose client is gone. */
  get orphans(): number {
    return this.#orphans.size;
  }

  /** Breaks every connection, and returns how many. New ones are led. */
  cut(): number {
    const count = this.#connections.size;
    for (const { near, far } of [...this.#connections]) {
      this.#break(near);
      this.#break(far);
    }
    return count;
  }

  /** Breaks every connection and refuses new ones, until `up`. */
  down(): number {
    this.#down = true;
    return this.cut();
  }

  up(): void {
    this.#down = false;
  }

  /**
   * Forwards nothing more on the connections that are there, in one direction or in both, and does not say so. New ones
   * are led.
   */
  stall(direction?: Direction): number {
    for (const connection of this.#connections) {
      const { near, far } = connection;
      connection.stalled ||= direction !== "requests";
      if (direction !== "responses") near.unpipe(far).pause();
      if (direction !== "requests") far.unpipe(near).pause();
    }
    return this.#connections.size;
  }

  /**
   * Keeps back what is sent on the connections that are there, and does not say so. What the clients have sent may
   * still be let go, long after they have gone. New connections are led.
   */
  hold(): number {
    const count = this.stall();
    for (const connection of this.#connections) {
      if (this.#held.includes(connection)) continue;
      const held: Buffer[] = [];
      connection.held = held;
      connection.near.on("data", (data) => held.push(data));
      connection.near.resume();
      // What the server still answers goes nowhere.
      connection.far.resume();
      this.#held.push(connection);
    }
    return count;
  }

  /** What the clients of held connections have sent since. */
  get held(): string {
    return this.#held.map(({ held = [] }) => Buffer.concat(held).toString("latin1")).join("");
  }

  /** Breaks the held connections at their clients alone: their servers do not hear of it. */
  forsake(): void {
    for (const { near } of this.#held) near.destroy();
  }

  /**
   * Lets go what was held, to servers that have not closed those connections meanwhile. Resolves once all have
   * carried out what they take, with that.
   */
  async letGo(): Promise<string> {
    const late = this.#held.splice(0).filter(({ held = [] }) => held.length > 0);
    const taken = await Promise.all(late.map((connection) => takenOf(connection)));
    return taken.join("");
  }

  /** Breaks the connections to a port at their clients; if it lingers, the server does not hear of it. */
  desert(port: number): number {
    const deserted = [...this.#connections].filter((connection) => connection.port === port);
    for (const { near } of deserted) near.destroy();
    return deserted.length;
  }

  /** The server at this port does not hear that its clients go, until it is notified with `undefined`. */
  linger(port: number | undefined): void {
    this.#lingering = port;
    if (port === undefined) for (const socket of this.#orphans) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #lead(near: Socket, tries: number): void {
    const ports = this.#targets();
    const port = ports[this.#next++ % ports.length];
    if (tries === 0 || port === undefined || near.destroyed) return void near.destroy();
    const far = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#keep(far);
    const another = () => this.#lead(near, tries - 1);
    far.once("error", another);
    far.once("connect", () => {
      far.off("error", another);
      this.#join({ near, far, port, stalled: false });
    });
  }

  #join(connection: Connection): void {
    const { near, far, port } = connection;
    if (near.destroyed || this.#down) {
      near.destroy();
      return void far.destroy();
    }
    this.led++;
    this.#connections.add(connection);
    near.pipe(far, { end: false });
    far.pipe(near);
    const over = () => this.#connections.delete(connection);
    far.once("close", () => {
      over();
      if (!connection.stalled) near.destroySoon();
    });
    const gone = () => {
      if (connection.held === undefined) this.#clientGone(far, port);
    };
    near.once("end", gone);
    near.once("close", () => {
      over();
      gone();
    });
  }

  #clientGone(far: Socket, port: number): void {
    if (port !== this.#lingering) return far.destroySoon();
    if (far.destroyed) return;
    this.#orphans.add(far);
    // What it still says goes nowhere.
    far.unpipe();
    far.resume();
    far.once("close", () => this.#orphans.delete(far));
  }

  #break(socket: Socket): void {
    if (this.#resets) socket.resetAndDestroy();
    else socket.destroy();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    // A broken connection is what this is for.
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
  }
}

/** Writes what was held, and its end. Resolves when the server has closed: with that, if it has answered. */
function takenOf({ far, held = [] }: Connection): Promise<string> {
  return new Promise((resolve) => {
    if (far.destroyed) return resolve("");
    const late = Buffer.concat(held);
    let answered = false;
    far.on("data", () => {
      answered = true;
    });
    far.once("close", () => resolve(answered ? late.toString("latin1") : ""));
    far.end(late);
  });
}
