import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import { SignalingService } from "@parley/contract";
import {
  ServerReflection,
  type ServerReflectionResponse,
} from "@parley/contract/grpc/reflection/v1/reflection";
import {
  ServerReflection as ServerReflectionAlpha,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from "@parley/contract/grpc/reflection/v1alpha/reflection";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../server/src/server.ts";
import { LogBook } from "./stage/log-book.ts";
import { configOf } from "./stage/stage.ts";
import { RequestQueue } from "./ways/request-queue.ts";

let server: Server;
let url: string;
beforeAll(async () => {
  server = new Server(await configOf([]), { logger: new LogBook() });
  url = (await server.start()).url;
});
afterAll(() => server.close(0));

type Question = { case: string; value: unknown };

/** Asks over one stream, each question when the one before is answered. */
async function ask(
  service: typeof ServerReflection | typeof ServerReflectionAlpha,
  questions: readonly Question[],
) {
  const client = createClient(service as typeof ServerReflection, createGrpcTransport({ baseUrl: url }));
  const requests = new RequestQueue<object>();
  const responses = client.serverReflectionInfo(requests)[Symbol.asyncIterator]();
  const answers: ServerReflectionResponse["messageResponse"][] = [];
  for (const messageRequest of questions) {
    requests.push({ host: "any", messageRequest });
    const { value } = await responses.next();
    expect(value).toMatchObject({ validHost: "any", originalRequest: { messageRequest } });
    answers.push(value.messageResponse);
  }
  requests.end();
  expect((await responses.next()).done).toBe(true);
  return answers;
}

async function askOne(kind: string, value: unknown) {
  const [answer] = await ask(ServerReflection, [{ case: kind, value }]);
  return answer;
}

describe.each([ServerReflection, ServerReflectionAlpha])("$typeName", (service) => {
  test("lists every service", async () => {
    const [answer] = await ask(service, [{ case: "listServices", value: "" }]);
    expect(answer).toMatchObject({
      case: "listServicesResponse",
      value: {
        service: [
          { name: "parley.v1.SignalingService" },
          { name: "grpc.health.v1.Health" },
          { name: "grpc.reflection.v1.ServerReflection" },
          { name: "grpc.reflection.v1alpha.ServerReflection" },
        ],
      },
    });
  });

  test("answers several questions in one stream, and goes on after one that it cannot answer", async () => {
    const answers = await ask(service, [
      { case: "fileByFilename", value: "nothing.proto" },
      { case: "fileByFilename", value: "parley/v1/signaling.proto" },
      { case: "fileByFilename", value: "google/protobuf/duration.proto" },
    ]);
    expect(answers.map((answer) => answer.case)).toEqual([
      "errorResponse",
      "fileDescriptorResponse",
      "fileDescriptorResponse",
    ]);
  });
});

test("a file comes with all it imports, so that a client can be made of it", async () => {
  const answer = await askOne("fileContainingSymbol", SignalingService.typeName);
  if (answer?.case !== "fileDescriptorResponse") throw new Error(`the answer is ${answer?.case}`);
  // The file that was asked for comes first; the registry wants first what others import.
  const file = answer.value.fileDescriptorProto
    .map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
    .reverse();
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file }));
  const described = registry.getService(SignalingService.typeName);
  expect(described?.methods.map(({ name, methodKind }) => [name, methodKind])).toEqual(
    SignalingService.methods.map(({ name, methodKind }) => [name, methodKind]),
  );
  expect(described?.file.proto).toEqual(SignalingService.file.proto);
});

test.each([
  "parley.v1.SignalRequest",
  "parley.v1.SignalingService.Signal",
  "parley.v1.Join.room",
  "parley.v1.SignalRequest.body",
  "parley.v1.Reason",
  "parley.v1.REASON_ROOM_FULL",
  "google.rpc.ErrorInfo",
  "google.protobuf.Duration",
  "grpc.health.v1.HealthCheckResponse.ServingStatus",
  "grpc.health.v1.HealthCheckResponse.SERVING",
])("the file of %s is found", async (symbol) => {
  expect((await askOne("fileContainingSymbol", symbol))?.case).toBe("fileDescriptorResponse");
});

test.each([
  ["fileContainingSymbol", "parley.v1.Nothing", Code.NotFound],
  ["fileContainingSymbol", "", Code.NotFound],
  ["fileContainingExtension", { containingType: "parley.v1.Join", extensionNumber: 1 }, Code.NotFound],
  ["allExtensionNumbersOfType", "parley.v1.Nothing", Code.NotFound],
])("%s %j is an error inside the stream", async (kind, value, errorCode) => {
  expect(await askOne(kind, value)).toMatchObject({ case: "errorResponse", value: { errorCode } });
});

test("a message has no extensions", async () => {
  expect(await askOne("allExtensionNumbersOfType", "parley.v1.Join")).toMatchObject({
    case: "allExtensionNumbersResponse",
    value: { baseTypeName: "parley.v1.Join", extensionNumber: [] },
  });
});

test("the official library of Node reads it by v1alpha", async () => {
  const client = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure());
  const call = client.makeBidiStreamRequest(
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    (bytes: Buffer) => bytes,
    (bytes) => fromBinary(ServerReflectionResponseSchema, bytes),
  );
  const request = create(ServerReflectionRequestSchema, {
    messageRequest: { case: "listServices", value: "" },
  });
  call.end(Buffer.from(toBinary(ServerReflectionRequestSchema, request)));
  const answers = [];
  for await (const response of call) answers.push(response.messageResponse.case);
  expect(answers).toEqual(["listServicesResponse"]);
  client.close();
});

test("a stream that asks without pause and reads nothing is held back", async () => {
  const client = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure());
  const call = client.makeBidiStreamRequest(
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    (bytes: Buffer) => bytes,
    (bytes) => bytes,
  );
  const question = { case: "fileContainingSymbol", value: SignalingService.typeName } as const;
  const request = create(ServerReflectionRequestSchema, { messageRequest: question });
  const bytes = Buffer.from(toBinary(ServerReflectionRequestSchema, request));
  const count = 2000;
  for (let sent = 0; sent < count; sent++) call.write(bytes);
  call.end();
  // Nothing is read until all is written: what does not fit into the windows of both sides waits at the client.
  let answered = 0;
  for await (const _ of call) answered++;
  expect(answered).toBe(count);
  client.close();
});

test("reflection can be switched off", async () => {
  await using silent = new Server(await configOf(["--reflection", "false"]), { logger: new LogBook() });
  const baseUrl = (await silent.start()).url;
  const client = createClient(ServerReflection, createGrpcTransport({ baseUrl }));
  const requests = new RequestQueue<object>();
  requests.push({ messageRequest: { case: "listServices", value: "" } });
  const failure = await client
    .serverReflectionInfo(requests)
    [Symbol.asyncIterator]()
    .next()
    .catch((error: unknown) => ConnectError.from(error).code);
  expect(failure).toBe(Code.Unimplemented);
});
