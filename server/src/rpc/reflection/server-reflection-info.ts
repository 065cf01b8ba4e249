import type { DescFile, MessageInitShape } from "@bufbuild/protobuf";
import { Code, type MethodImpl } from "@connectrpc/connect";
import type {
  ServerReflection,
  ServerReflectionRequest,
  ServerReflectionResponseSchema,
} from "@parley/contract/grpc/reflection/v1/reflection";
import type { DescribedFiles } from "./described-files.ts";

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]>;

/**
 * `grpc.reflection.v1.ServerReflection.ServerReflectionInfo`. What it cannot find it answers with an error inside
 * the stream, as its protocol demands; the stream goes on.
 */
export function serverReflectionInfo(
  services: readonly string[],
  files: DescribedFiles,
): MethodImpl<typeof ServerReflection.method.serverReflectionInfo> {
  return async function* (requests) {
    for await (const request of requests) {
      yield {
        validHost: request.host,
        originalRequest: request,
        messageResponse: answer(request, services, files),
      };
    }
  };
}

function answer(
  { messageRequest: { case: kind, value } }: ServerReflectionRequest,
  services: readonly string[],
  files: DescribedFiles,
): Answer {
  switch (kind) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: services.map((name) => ({ name })) } };
    case "fileByFilename":
      return describe(files.file(value), files, `file ${value}`);
    case "fileContainingSymbol":
      return describe(files.fileOf(value), files, `symbol ${value}`);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = value;
      const extension = files.extensionsOf(containingType)?.find(({ number }) => number === extensionNumber);
      return describe(extension?.file, files, `extension ${extensionNumber} of ${containingType}`);
    }
    case "allExtensionNumbersOfType": {
      const extensions = files.extensionsOf(value);
      if (extensions === undefined) return failure(Code.NotFound, `no message ${value} here`);
      const extensionNumber = extensions.map(({ number }) => number);
      return { case: "allExtensionNumbersResponse", value: { baseTypeName: value, extensionNumber } };
    }
    default:
      return failure(Code.InvalidArgument, "the request asks for nothing that this server knows");
  }
}

function describe(file: DescFile | undefined, files: DescribedFiles, sought: string): Answer {
  if (file === undefined) return failure(Code.NotFound, `no ${sought} here`);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: files.encode(file) } };
}

function failure(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
