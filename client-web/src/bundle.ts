/** The whole client, for pages without a build: the package has this file with everything in it that it imports. */
export * from "./connect.ts";
export * from "./index.ts";
export * from "./websocket.ts";
