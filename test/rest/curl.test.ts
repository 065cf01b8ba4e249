import { expect, test } from "vitest";
import { RunningProcess } from "../proxies/running-process.ts";
import { codeOf } from "./page-code.ts";
import { RestService } from "./rest-service.ts";

test("the one line of curl joins a room and listens", async () => {
  await using service = await RestService.start();
  const line = codeOf("bash", service.url);
  expect(line.trim().split("\n")).toHaveLength(1);
  await using curl = new RunningProcess("sh", ["-c", `exec ${line}`]);
  const [, peer = ""] = await curl.says(/^event: welcome\ndata: .*"you":\{"peerId":"(peer-\w+)"/m);
  const token = await service.join("standup", "ben");
  await curl.says(/^event: peerJoined\ndata: .*"ben"/m);
  await service.ask("POST", "/v1/rooms/standup/peers/ben/signals", {
    token,
    json: { seq: 1, to: peer, bye: { reason: "done" } },
  });
  await curl.says(/^event: bye\nid: 1\ndata: .*"sender":"ben"/m);
});

test("curl speaks JSON by its own flag, over HTTP/2", async () => {
  await using service = await RestService.start();
  const peers = `${service.url}/v1/rooms/standup/peers`;
  const args = ["-sS", "-i", "--http2-prior-knowledge", "--json", '{"peerId": "ada"}', peers];
  await using curl = new RunningProcess("curl", args);
  await curl.says(/^HTTP\/2 201 [\s\S]*location: \/v1\/rooms\/standup\/peers\/ada\r\n[\s\S]*"sessionToken"/);
});
