import { createHmac, randomBytes } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { type IceServer, IceServerSchema } from "@parley/contract";
import type { Clock } from "../time/clock.ts";
import { firstCharacters } from "./first-characters.ts";
import type { Grants } from "./grants.ts";

/** The servers that peers get. */
export interface IceSettings {
  readonly stunUrls: readonly string[];
  readonly turn: {
    readonly urls: readonly string[];
    /** What the TURN servers make of a user its password; undefined if these have a password of their own. */
    readonly secret: string | undefined;
    readonly username: string | undefined;
    readonly password: string | undefined;
    /** How long a password is valid that is made of the secret, in milliseconds. */
    readonly lifetimeMs: number;
  };
}

/** The servers for one peer. */
export interface IceOffer {
  readonly servers: readonly IceServer[];
  /** After which time it should get others, in milliseconds; undefined if these do not expire. */
  readonly renewAfterMs?: number;
}

/** Of base64url: 96 bits of the hash of a subject, enough to tell users apart in the log of a TURN server. */
const userLength = 16;

/** Chooses ICE servers: STUN for everyone, TURN for those who may use it. */
export class IceServers {
  readonly #settings: IceSettings;
  readonly #clock: Clock;
  readonly #withoutTurn: IceOffer;

  constructor(settings: IceSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    const { stunUrls } = settings;
    this.#withoutTurn = {
      servers: stunUrls.length === 0 ? [] : [create(IceServerSchema, { urls: [...stunUrls] })],
    };
  }

  /** The servers for a peer that has these grants. */
  offer({ turn, owner }: Pick<Grants, "turn" | "owner">): IceOffer {
    const { urls, secret, username = "", password = "", lifetimeMs } = this.#settings.turn;
    if (!turn || urls.length === 0) return this.#withoutTurn;
    const { servers } = this.#withoutTurn;
    if (secret === undefined) {
      return {
        servers: [...servers, create(IceServerSchema, { urls: [...urls], username, credential: password })],
      };
    }
    const expiresAt = Math.floor((this.#clock.wallTime() + lifetimeMs) / 1000);
    const user = owner === "" ? randomBytes(12).toString("base64url") : firstCharacters(owner, userLength);
    const credentials = turnCredentials(secret, `${expiresAt}:${user}`);
    const turnServer = { urls: [...urls], ...credentials, expiresAt: { seconds: BigInt(expiresAt) } };
    return { servers: [...servers, create(IceServerSchema, turnServer)], renewAfterMs: lifetimeMs / 2 };
  }
}

/** As coturn checks them with `use-auth-secret`: the user begins with the time at which the password expires. */
function turnCredentials(secret: string, username: string) {
  return { username, credential: createHmac("sha1", secret).update(username).digest("base64") };
}
