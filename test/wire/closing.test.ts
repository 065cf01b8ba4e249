import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { rawRequest } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

test("closing does not wait for a connection that has said nothing", async () => {
  const port = await WirePort.start();
  const silent = await port.connect();
  silent.resume();
  const gone = once(silent, "close");
  // Connections are taken in order: behind an answered one, the silent one is there too.
  await rawRequest(port.url, 1, { path: "/", method: "GET" });
  expect(await port.close(60_000)).toEqual({ connectionsCut: 0 });
  await gone;
});

test("closing cuts a request that does not end, after the grace, and reports it", async () => {
  const asked = Promise.withResolvers<void>();
  const port = await WirePort.start({
    requests: [
      {
        serve() {
          asked.resolve();
          return true;
        },
      },
    ],
  });
  const busy = await port.connect();
  busy.resume();
  const gone = once(busy, "close");
  busy.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await asked.promise;
  expect(await port.close(10)).toEqual({ connectionsCut: 1 });
  await gone;
});

test("closing notifies a busy HTTP/1.1 connection with the next answer, and does not cut it", async () => {
  const asked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const answers: ServerResponse[] = [];
  const port = await WirePort.start({
    requests: [
      {
        serve(_request, response) {
          answers.push(response);
          asked[answers.length - 1]?.resolve();
          return true;
        },
      },
    ],
  });
  const busy = await port.connect();
  let heard = "";
  busy.setEncoding("latin1").on("data", (text: string) => {
    heard += text;
  });
  const gone = once(busy, "close");
  busy.write("GET /1 HTTP/1.1\r\nhost: x\r\n\r\n");
  await asked[0]?.promise;
  const closed = port.close(60_000);
  // The first is answered when the second has come: between them the connection would count as idle.
  busy.write("GET /2 HTTP/1.1\r\nhost: x\r\n\r\n");
  await asked[1]?.promise;
  for (const answer of answers) answer.end("answer");
  expect(await closed).toEqual({ connectionsCut: 0 });
  await gone;
  expect(heard.match(/answer/g)).toHaveLength(2);
  expect(heard).toMatch(/connection: close/i);
});
