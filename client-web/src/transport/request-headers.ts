/** The headers of a call: those that are sent with every one, and the access token. */
export function requestHeaders(
  headers: Readonly<Record<string, string>>,
  accessToken: string | undefined,
): Record<string, string> {
  return accessToken === undefined ? { ...headers } : { ...headers, authorization: `Bearer ${accessToken}` };
}
