import { useEffect, useState } from "react";
import { useRoom } from "./use-room";

const url = new URLSearchParams(location.search).get("service") ?? "http://127.0.0.1:8080";

export default function App() {
  const [stream, setStream] = useState<MediaStream>();
  useEffect(() => {
    navigator.mediaDevices.getUserMedia({ video: true, audio: true }).then(setStream, console.error);
  }, []);
  const { room, remotes, error } = useRoom(url, "react", stream);

  if (error !== undefined) return <p>{String(error)}</p>;
  return (
    <main>
      <p>{room === undefined ? "Joining…" : `You are ${room.self.peerId}.`}</p>
      {[...remotes.values()].map((remote) => (
        <Video key={remote.id} stream={remote} />
      ))}
    </main>
  );
}

function Video({ stream }: { stream: MediaStream }) {
  // A stream is a property of a video, and no attribute.
  const show = (video: HTMLVideoElement | null) => {
    if (video !== null && video.srcObject !== stream) video.srcObject = stream;
  };
  // biome-ignore lint/a11y/useMediaCaption: a live picture has no captions.
  return <video ref={show} autoPlay playsInline />;
}
