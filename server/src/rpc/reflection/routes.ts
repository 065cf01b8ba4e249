import type { DescFile } from "@bufbuild/protobuf";
import { ServerReflection } from "@parley/contract/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@parley/contract/grpc/reflection/v1alpha/reflection";
import type { Route } from "../call.ts";
import { openTyped, type TypedCallOptions } from "../typed-call.ts";
import { DescribedFiles } from "./described-files.ts";
import { serverReflectionInfo } from "./server-reflection-info.ts";

/**
 * `grpc.reflection.v1` and `v1alpha`, for `routes` and for itself.
 * @param more files that no route needs, but a tool that reads error details does.
 */
export function reflectionRoutes(
  routes: readonly Route[],
  more: readonly DescFile[],
  options: TypedCallOptions,
): Route[] {
  const v1 = ServerReflection.method.serverReflectionInfo;
  const v1alpha = ServerReflectionAlpha.method.serverReflectionInfo;
  const methods = [...routes.map(({ method }) => method), v1, v1alpha];
  const services = new Set(methods.map(({ parent }) => parent));
  const files = new DescribedFiles([...[...services].map(({ file }) => file), ...more]);
  const names = [...services].map(({ typeName }) => typeName);
  const open = openTyped(v1, serverReflectionInfo(names, files), options);
  return [
    { method: v1, open },
    // The messages of both versions have the same fields: a handler of one reads the bytes of the other.
    { method: v1alpha, open },
  ];
}
