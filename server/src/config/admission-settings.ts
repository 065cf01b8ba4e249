import { choice, integer, optionalText, seconds } from "./formats.ts";

/** The backend of the operator that decides who may join, and the lobby that holds clients until a member decides. */
export const admissionSettings = {
  admission: {
    url: optionalText(
      "admission-url",
      "url",
      "address (http or https) of a backend that decides about each join",
    ),
    protocol: choice("admission-protocol", "protocol", ["json", "grpc"], {
      default: "json",
      about: "protocol of the admission backend: json over HTTP, or grpc",
    }),
    timeoutMs: seconds("admission-timeout", {
      default: 2,
      from: 0.1,
      to: 60,
      about: "how long the admission backend may take to decide before the join is refused",
    }),
    secret: optionalText(
      "admission-secret",
      "text",
      "secret that the backend receives in the authorization header, after Bearer",
      () => "***",
    ),
    caFile: optionalText(
      "admission-ca",
      "file",
      "certificate authorities (PEM) to trust for the backend, instead of the public ones",
    ),
  },
  lobbyPeers: integer("lobby-peers", {
    default: 50,
    from: 1,
    to: 10_000,
    about: "maximum clients that the admission backend keeps waiting in the lobby of one room",
  }),
  lobbyWaitMs: seconds("lobby-wait", {
    default: 600,
    from: 1,
    to: 86_400,
    about: "how long a client may wait for a member of the room to decide",
  }),
};
