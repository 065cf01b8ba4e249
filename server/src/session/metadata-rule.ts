import { metadataSize } from "../switchboard/metadata.ts";

const metadataEntries = 16;

/** What is wrong with the metadata of a peer, for people; undefined if nothing is. */
export function metadataFault(
  metadata: Readonly<Record<string, string>>,
  metadataBytes: number,
): string | undefined {
  if (Object.keys(metadata).length <= metadataEntries && metadataSize(metadata) <= metadataBytes)
    return undefined;
  return `metadata has at most ${metadataEntries} entries and ${metadataBytes} bytes`;
}
