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
  if (ca !== undefined) checkAuthorities(ca);
  return checked("certificate and key of this node for Redis cannot be used", () =>
    createSecureContext({ ...(ca === undefined ? {} : { ca }), ...client }),
  );
}

/** OpenSSL passes over what it cannot read, and takes a text without certificates for an authority. */
function checkAuthorities(ca: string): void {
  const blocks = ca
    .split(/(?=-----BEGIN [A-Z0-9 ]*CERTIFICATE-----)/)
    .filter((text) => text.includes("-----BEGIN"));
  if (blocks.length === 0) throw new TypeError("the authority for Redis is no certificate in PEM");
  for (const [index, block] of blocks.entries()) {
    const which = blocks.length === 1 ? "" : ` (certificate ${index + 1} of ${blocks.length})`;
    checked(`the authority for Redis${which} is no certificate in PEM`, () => new X509Certificate(block));
  }
}

function checked<Made>(fault: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    throw new TypeError(`${fault}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
