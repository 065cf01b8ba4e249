/** How a stream or a call ended: status code by name, and the reason of the contract. */
export interface Status {
  readonly code: string;
  readonly reason?: string;
}
