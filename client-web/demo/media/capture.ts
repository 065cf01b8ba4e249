/** What came of opening a device. */
export type Capture =
  | { readonly track: MediaStreamTrack; readonly why?: undefined }
  /** Why there is no track, in words that go on after "the drawn picture is sent: ". */
  | { readonly track?: undefined; readonly why: string };

const constraints = {
  camera: { video: { width: { ideal: 1280 }, height: { ideal: 720 } } },
  microphone: { audio: true },
} as const;

/** Opens a camera or a microphone. */
export async function capture(device: "camera" | "microphone"): Promise<Capture> {
  // Absent outside of secure contexts: everything but https and localhost.
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  if (devices === undefined) return { why: `the browser allows a ${device} only over https` };
  try {
    const [track] = (await devices.getUserMedia(constraints[device])).getTracks();
    return track === undefined ? { why: `the ${device} did not start` } : { track };
  } catch (error) {
    return { why: captureFailure(error, device) };
  }
}

/** The exceptions of W3C Media Capture and Streams, section 10.3.2, in words. */
function captureFailure(error: unknown, device: string): string {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return `access to the ${device} was denied`;
    case "NotFoundError":
    case "OverconstrainedError":
      return `no ${device} was found`;
    case "NotReadableError":
      return `the ${device} is in use elsewhere`;
    default:
      return `the ${device} did not start`;
  }
}
