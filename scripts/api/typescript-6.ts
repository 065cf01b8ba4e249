/** typedoc needs the compiler API of TypeScript 6, and finds it under the name of the one that compiles the rest. */
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === "typescript" ? "typescript-6" : specifier, context),
});
