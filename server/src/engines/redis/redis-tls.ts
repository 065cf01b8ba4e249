import { createSecureContext, type SecureContext } from "node:tls";

/** What TLS with Redis is made of beside its address, all as PEM. */
export interface RedisTls {
  /** Who may sign the certificates of Redis, instead of the public authorities. */
  readonly ca?: string;
  /** Who this node is. Redis asks for it unless `tls-auth-clients` is off. */
  readonly client?: { readonly cert: string; readonly key: string };
}

/** Throws what OpenSSL finds wrong with certificate and key. */
export function secureContextOf({ ca, client }: RedisTls): SecureContext {
  return createSecureContext({ ...(ca === undefined ? {} : { ca }), ...client });
}
