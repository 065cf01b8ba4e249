/** What a TLS server shows its clients, and asks of them, as PEM. */
export interface TlsIdentity {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Who may sign the certificates of clients, which are then required; undefined if clients need none. */
  readonly clientCa?: string | Buffer | undefined;
}
