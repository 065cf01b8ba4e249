import type { Effort, Findings } from "./part.ts";
import { measureSideBySide } from "./side-by-side.ts";

/** Parley over TCP beside the relays that are its floors, and beside PeerJS. */
export async function measureTcp(effort: Effort, log: (text: string) => void): Promise<Findings> {
  const figures: Record<string, number> = {};
  const section = await measureSideBySide(
    {
      title: "TCP side by side",
      text: "Parley over TCP, two relays that only forward frames, and PeerJS.",
      compared: ["parleyTcp", "tcp", "tcpGathered", "peerjs"],
      prefix: "devices",
    },
    effort,
    figures,
    log,
  );
  return { figures, sections: [section] };
}
