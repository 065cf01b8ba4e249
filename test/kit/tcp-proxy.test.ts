import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { TcpProxy } from "./tcp-proxy.ts";

interface Echo {
  readonly server: Server;
  readonly port: number;
  readonly sockets: Socket[];
}

let stack = new AsyncDisposableStack();

afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

async function startEcho(): Promise<Echo> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stack.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port, sockets };
}

async function startProxy(...echoes: Echo[]): Promise<TcpProxy> {
  return stack.use(await TcpProxy.start(() => echoes.map(({ port }) => port)));
}

function dial(proxy: TcpProxy): Socket {
  const socket = connect(proxy.port, "127.0.0.1");
  socket.on("error", () => {});
  stack.defer(() => void socket.destroy());
  return socket;
}

/** However it is closed. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** Sends a word and waits until it comes back. */
async function echoes(socket: Socket): Promise<string> {
  socket.write("word");
  const [data] = await once(socket, "data");
  return String(data);
}

describe("a TCP proxy", () => {
  it("leads connections to one target after the other, past those that are gone", async () => {
    const [first, second, gone] = [await startEcho(), await startEcho(), await startEcho()];
    gone.server.close();
    await once(gone.server, "close");
    const proxy = await startProxy(first, second, gone);
    for (let i = 0; i < 4; i++) expect(await echoes(dial(proxy))).toBe("word");
    expect(first.sockets.length).toBeGreaterThan(0);
    expect(second.sockets.length).toBeGreaterThan(0);
    expect(proxy.led).toBe(4);
  });

  it("cuts at both ends, and counts what it cut", async () => {
    const echo = await startEcho();
    const proxy = await startProxy(echo);
    const socket = dial(proxy);
    await echoes(socket);
    const over = closed(socket);
    expect(proxy.cut()).toBe(1);
    await over;
    expect(await echoes(dial(proxy))).toBe("word");
  });

  it("takes nobody while it is down", async () => {
    const proxy = await startProxy(await startEcho());
    proxy.down();
    await closed(dial(proxy));
    proxy.up();
    expect(await echoes(dial(proxy))).toBe("word");
  });

  it("stalls what is there without a word, and leads what is new", async () => {
    const proxy = await startProxy(await startEcho());
    const stalled = dial(proxy);
    await echoes(stalled);
    expect(proxy.stall()).toBe(1);
    let heard = false;
    stalled.on("data", () => {
      heard = true;
    });
    stalled.write("into the void");
    // What is written later on another connection comes back: the proxy had its chance to forward.
    for (let i = 0; i < 5; i++) expect(await echoes(dial(proxy))).toBe("word");
    expect(heard).toBe(false);
    expect(stalled.destroyed).toBe(false);
  });

  it("deserts one target: its clients lose their connections, and it does not hear of it while it lingers", async () => {
    const [left, other] = [await startEcho(), await startEcho()];
    const proxy = await startProxy(left, other);
    const sockets = [dial(proxy), dial(proxy)];
    for (const socket of sockets) await echoes(socket);
    const over = Promise.race(sockets.map(closed));
    proxy.linger(left.port);
    expect(proxy.desert(left.port)).toBe(1);
    await over;
    expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(1);
    expect(left.sockets[0]?.destroyed).toBe(false);
  });

  it("holds back what clients have sent, and lets it go after they have gone", async () => {
    const echo = await startEcho();
    const proxy = await startProxy(echo);
    const socket = dial(proxy);
    await echoes(socket);
    expect(proxy.hold()).toBe(1);
    socket.write("late");
    await expect.poll(() => proxy.held).toBe("late");
    const over = closed(socket);
    proxy.forsake();
    await over;
    expect(await echoes(dial(proxy))).toBe("word");
    expect(echo.sockets[0]?.destroyed).toBe(false);
    expect(await proxy.letGo()).toBe("late");
    expect(echo.sockets[0]?.bytesRead).toBe("wordlate".length);
  });

  it("finds that a server has closed a held connection, and takes nothing of it any more", async () => {
    const echo = await startEcho();
    const proxy = await startProxy(echo);
    const socket = dial(proxy);
    await echoes(socket);
    proxy.hold();
    socket.write("late");
    await expect.poll(() => proxy.held).toBe("late");
    echo.sockets[0]?.destroy();
    expect(await proxy.letGo()).toBe("");
  });

  it("keeps it from a lingering server that its client is gone", async () => {
    const echo = await startEcho();
    const proxy = await startProxy(echo);
    proxy.linger(echo.port);
    const socket = dial(proxy);
    await echoes(socket);
    socket.destroy();
    await expect.poll(() => proxy.orphans).toBe(1);
    expect(echo.sockets[0]?.destroyed).toBe(false);
    proxy.linger(undefined);
    await expect.poll(() => echo.sockets[0]?.destroyed).toBe(true);
    expect(proxy.orphans).toBe(0);
  });

  it("stalls one direction, and the other goes on", async () => {
    const echo = await startEcho();
    const proxy = await startProxy(echo);
    const socket = dial(proxy);
    await echoes(socket);
    expect(proxy.stall("requests")).toBe(1);
    socket.write("into the void");
    const heard = once(socket, "data");
    echo.sockets[0]?.write("news");
    expect(String((await heard)[0])).toBe("news");
    expect(echo.sockets[0]?.bytesRead).toBe("word".length);
  });

  it("resets what it breaks, if it is to", async () => {
    const echo = await startEcho();
    const proxy = stack.use(await TcpProxy.start(() => [echo.port], { resets: true }));
    const socket = dial(proxy);
    await echoes(socket);
    const broken = once(socket, "error");
    expect([proxy.cut(), proxy.sockets]).toEqual([1, 2]);
    const [error] = await broken.catch((reason: unknown) => [reason]);
    expect(error).toMatchObject({ code: "ECONNRESET" });
    await expect.poll(() => proxy.sockets).toBe(0);
  });
});
