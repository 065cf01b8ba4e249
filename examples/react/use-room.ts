import { joinRoom, type PeerLink, type Room } from "@parley/client-web";
import { useEffect, useState } from "react";

/** Joins a room as long as the component is mounted, and sends `stream` to everyone in it. */
export function useRoom(url: string, name: string, stream: MediaStream | undefined) {
  const [room, setRoom] = useState<Room>();
  const [remotes, setRemotes] = useState<ReadonlyMap<PeerLink, MediaStream>>(new Map());
  const [error, setError] = useState<unknown>();

  useEffect(() => {
    if (stream === undefined) return;
    const leaving = new AbortController();
    const joining = joinRoom({ url, room: name, signal: leaving.signal });
    joining.then((joined) => {
      setRoom(joined);
      joined.on("peer", (peer) => {
        const link = joined.connect(peer, { stream });
        link.on("track", (_track, [remote]) => {
          if (remote !== undefined) setRemotes((before) => new Map(before).set(link, remote));
        });
        link.on("closed", () =>
          setRemotes((before) => new Map([...before].filter(([each]) => each !== link))),
        );
      });
    }, setError);
    return () => {
      leaving.abort();
      joining.then((joined) => joined.leave()).catch(() => {});
      setRoom(undefined);
      setError(undefined);
    };
  }, [url, name, stream]);

  return { room, remotes, error };
}
