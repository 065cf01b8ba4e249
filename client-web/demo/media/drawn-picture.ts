import { hueOf } from "../peer-name.ts";
import { startTicks } from "./tick-worker.ts";

const width = 640;
const height = 360;
const framesPerSecond = 20;

/** A picture that is drawn, not filmed: the name, a running clock, and waves. */
export interface DrawnPicture {
  readonly track: MediaStreamTrack;
  stop(): void;
}

/**
 * Draws a picture 20 times a second, and hands it on as a video track. The clock shows how far behind a
 * remote picture is, where both clocks are of one machine.
 *
 * @param calm Leaves the waves still and lets the hand of the clock tick once a second.
 */
export function drawPicture(name: string, calm: boolean): DrawnPicture {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { alpha: false });
  if (context === null) throw new Error("this browser draws no canvas");
  const hue = hueOf(name);
  let frame = 0;
  const draw = () => drawFrame(context, name, hue, calm, frame++);
  draw();

  const [track] = canvas.captureStream(framesPerSecond).getVideoTracks();
  if (track === undefined) throw new Error("this browser captures no canvas");
  const ticks = startTicks();
  ticks.addEventListener("message", draw);
  return {
    track,
    stop() {
      ticks.terminate();
      track.stop();
    },
  };
}

function drawFrame(
  context: CanvasRenderingContext2D,
  name: string,
  hue: number,
  calm: boolean,
  frame: number,
): void {
  const now = new Date();
  const sky = context.createLinearGradient(0, 0, width, height);
  sky.addColorStop(0, `hsl(${hue} 38% 17%)`);
  sky.addColorStop(1, `hsl(${hue + 35} 42% 32%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  drawWaves(context, hue, calm ? 0 : now.getTime() / 1000);
  drawClock(context, now, calm);
  drawWords(context, name, now, frame);
}

function drawWaves(context: CanvasRenderingContext2D, hue: number, seconds: number): void {
  for (const [layer, top] of [288, 308, 328].entries()) {
    context.fillStyle = `hsl(${hue + 20 * layer} 45% ${34 - 7 * layer}% / 80%)`;
    context.beginPath();
    context.moveTo(0, height);
    for (let x = 0; x <= width; x += 16) {
      const phase = x / (90 + 25 * layer) + seconds * (0.5 + 0.25 * layer) + 2 * layer;
      context.lineTo(x, top + 8 * Math.sin(phase));
    }
    context.lineTo(width, height);
    context.fill();
  }
}

function drawClock(context: CanvasRenderingContext2D, now: Date, calm: boolean): void {
  const radius = 82;
  context.save();
  context.translate(138, 176);
  context.lineCap = "round";
  context.strokeStyle = "#fff";
  for (let hour = 0; hour < 12; hour++) {
    const angle = (hour / 12) * 2 * Math.PI;
    const inner = radius - (hour % 3 === 0 ? 16 : 9);
    context.lineWidth = hour % 3 === 0 ? 4 : 2;
    line(context, angle, inner, radius);
  }
  const seconds = now.getSeconds() + (calm ? 0 : now.getMilliseconds() / 1000);
  const minutes = now.getMinutes() + seconds / 60;
  context.lineWidth = 6;
  line(context, ((now.getHours() % 12) / 12 + minutes / 720) * 2 * Math.PI, 0, 42);
  context.lineWidth = 4;
  line(context, (minutes / 60) * 2 * Math.PI, 0, 62);
  context.strokeStyle = "#ffcf8f";
  context.lineWidth = 2;
  line(context, (seconds / 60) * 2 * Math.PI, -14, 74);
  context.restore();
}

/** A hand or a mark, at an angle clockwise from twelve. */
function line(context: CanvasRenderingContext2D, angle: number, from: number, to: number): void {
  const x = Math.sin(angle);
  const y = -Math.cos(angle);
  context.beginPath();
  context.moveTo(from * x, from * y);
  context.lineTo(to * x, to * y);
  context.stroke();
}

function drawWords(context: CanvasRenderingContext2D, name: string, now: Date, frame: number): void {
  const left = 254;
  // A page that shows it in another shape cuts off its sides.
  const widest = width - left - 52;
  context.fillStyle = "#fff";
  context.textBaseline = "alphabetic";
  context.font = nameFont(44);
  context.font = nameFont(Math.max(22, Math.min(44, (44 * widest) / context.measureText(name).width)));
  context.fillText(name, left, 170, widest);
  context.font = "500 40px ui-monospace, Menlo, Consolas, monospace";
  context.fillText(clockText(now), left, 224, widest);
  context.fillStyle = "#fffc";
  context.font = "18px system-ui, sans-serif";
  context.fillText(`drawn picture, frame ${frame}`, left, 258, widest);
}

function nameFont(size: number): string {
  return `600 ${size}px system-ui, sans-serif`;
}

function clockText(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const tenth = Math.floor(now.getMilliseconds() / 100);
  return `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${tenth}`;
}
