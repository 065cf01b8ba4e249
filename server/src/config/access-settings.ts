import { bytes, integer, optionalInteger, optionalText, seconds, text } from "./formats.ts";
import { list, secrets } from "./lists.ts";

const most = 10_000_000;

/** Access tokens: who issues them, how they are verified, and how long they may last. */
export const accessSettings = {
  token: {
    keyFiles: list(
      "token-key",
      "files",
      "public keys (PEM: Ed25519, P-256 or RSA) that verify access tokens, comma-separated; kid=file gives a key a name",
    ),
    secrets: secrets(
      "token-secret",
      "secrets of at least 32 bytes that verify access tokens (HS256), comma-separated",
    ),
    jwksUrl: optionalText("token-jwks", "url", "address (https) of the JWK Set that verifies access tokens"),
    jwksCaFile: optionalText(
      "token-jwks-ca",
      "file",
      "certificate authorities (PEM) to trust for that address, instead of the public ones",
    ),
    jwksMaxAgeMs: seconds("token-jwks-age", {
      default: 600,
      from: 1,
      to: 86_400,
      about: "how long a fetched JWK Set is used; it is fetched again after half of it",
    }),
    jwksCooldownMs: seconds("token-jwks-cooldown", {
      default: 30,
      from: 1,
      to: 3600,
      about: "minimum time between two fetches of the JWK Set, for example when a token names an unknown key",
    }),
    issuer: optionalText("token-issuer", "text", "required iss of access tokens"),
    audience: optionalText("token-audience", "text", "required aud of access tokens"),
    badTokens: {
      burst: integer("address-bad-tokens", {
        default: 1000,
        from: 1,
        to: most,
        about: "invalid access tokens from one address in a burst, before verification is limited",
      }),
      perSecond: integer("address-bad-token-rate", {
        default: 10,
        from: 1,
        to: most,
        about: "tokens from such an address that are verified per second after that",
      }),
    },
    leewayMs: seconds("token-leeway", {
      default: 30,
      from: 0,
      to: 300,
      about: "how far the clocks of the issuer and of this node may differ",
    }),
    lifetimeMs: seconds("token-lifetime", {
      default: 86_400,
      from: 1,
      to: 366 * 86_400,
      about: "how long an access token may be valid, from iat to exp",
    }),
    bytes: bytes("token-bytes", {
      default: 4096,
      from: 256,
      to: 8192,
      about: "maximum bytes of an access token",
    }),
  },
  rates: {
    sessionResumes: {
      burst: integer("session-resumes", {
        default: 500,
        from: 1,
        to: most,
        about: "maximum resumes of one session in a burst",
      }),
      perSecond: integer("session-resume-rate", {
        default: 50,
        from: 1,
        to: most,
        about: "resumes of one session per second after that",
      }),
    },
    subjectJoins: {
      burst: integer("sub-joins", {
        default: 1000,
        from: 1,
        to: most,
        about: "maximum joins and resumes of one sub in a burst",
      }),
      perSecond: integer("sub-join-rate", {
        default: 100,
        from: 1,
        to: most,
        about: "joins and resumes of one sub per second after that",
      }),
    },
    roomJoins: {
      burst: integer("room-joins", {
        default: 5000,
        from: 1,
        to: most,
        about: "maximum joins and resumes in one room in a burst",
      }),
      perSecond: integer("room-join-rate", {
        default: 500,
        from: 1,
        to: most,
        about: "joins and resumes in one room per second after that",
      }),
    },
  },
  admin: {
    port: optionalInteger("admin-port", {
      from: 0,
      to: 65_535,
      about:
        "port for the admin API (parley revoke, kick, close); 0 selects a free one; not served if absent",
    }),
    host: text("admin-host", "address", { default: "127.0.0.1", about: "address for the admin API" }),
  },
  tokenWarningMs: seconds("token-warning", {
    default: 60,
    from: 0,
    to: 3600,
    about: "how long before the expiry of its access token a client is warned",
  }),
};
