/** What runs in the page. What it prints goes to the console. */
import { runSdkPeer } from "./sdk-peer.ts";

async function join(room: string, peerId: string): Promise<void> {
  await runSdkPeer({ room, peerId }, (line) => console.log(line));
}

declare global {
  var interop: { readonly join: typeof join };
}

globalThis.interop = { join };
