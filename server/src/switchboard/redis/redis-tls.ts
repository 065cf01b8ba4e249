import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";

/** What TLS with Redis is made of beside its address, all as PEM. */
export interface RedisTls {
  /** Who may sign the certificates of Redis, instead of the public authorities. */
  readonly ca?: string;
  /** Who this node is. Redis asks for it unless `tls-auth-clients` is off. */
  readonly client?: { readonly cert: string; readonly key: string };
}

/** Reads certificates and key. Throws a TypeError that says which of them is wrong. */
export function secureContextOf({ ca, client }: RedisTls): SecureContext {
  // OpenSSL takes a text without certificates for an authority that has signed nothing.
  if (ca !== undefined)
    checked("the authority for Redis is no certificate in PEM", () => new X509Certificate(ca));
  return checked("certificate and key of this node for Redis cannot be used", () =>
    createSecureContext({ ...(ca === undefined ? {} : { ca }), ...client }),
  );
}

function checked<Made>(fault: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    throw new TypeError(`${fault}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
