import { lowerBound } from '../data/samples.js';
import type { Line } from './trace.js';

/** From times and values to the pixels of a canvas. */
export interface Projection {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly from: number;
  readonly to: number;
  readonly min: number;
  readonly max: number;
  readonly log: boolean;
  /** Pixels of the canvas for one of CSS. */
  readonly ratio: number;
}

/** Samples farther apart than so many CSS pixels have a dot each. */
const dotsFrom = 10;
const dotRadius = 2;

/** Draws a line from sample to sample. Where there is a gap, or a number has no place on a log axis, it is broken. */
export function drawLine(ctx: CanvasRenderingContext2D, line: Line, projection: Projection): void {
  const { samples, shift } = line;
  const { t, v } = samples;
  const { left, width, from, to, ratio } = projection;
  const begin = Math.max(0, lowerBound(t, from - shift) - 1);
  const end = Math.min(t.length, lowerBound(t, to - shift) + 1);
  const kx = width / (to - from);
  const x0 = left - (from - shift) * kx;
  const y = toPixels(projection);
  const isSparse = (end - begin) * dotsFrom * ratio < width;
  const dots: number[] = [];
  ctx.beginPath();
  let run = 0;
  let x = 0;
  let py = 0;
  for (let i = begin; i < end; i++) {
    const next = y(v[i]!);
    if (Number.isNaN(next)) {
      if (run === 1 && !isSparse) dots.push(x, py);
      run = 0;
      continue;
    }
    // The far side of a wide zoom lies millions of pixels away, where canvases are not exact.
    x = Math.min(1e6, Math.max(-1e6, x0 + t[i]! * kx));
    py = next;
    if (run === 0) ctx.moveTo(x, py);
    else ctx.lineTo(x, py);
    run++;
    if (isSparse) dots.push(x, py);
  }
  if (run === 1 && !isSparse) dots.push(x, py);
  ctx.strokeStyle = ctx.fillStyle = line.color;
  ctx.lineWidth = 1.4 * ratio;
  ctx.lineJoin = 'round';
  ctx.setLineDash(line.dash.map((length) => length * ratio));
  ctx.globalAlpha = line.isDim ? 0.25 : 1;
  ctx.stroke();
  ctx.beginPath();
  for (let i = 0; i < dots.length; i += 2) {
    ctx.moveTo(dots[i]! + dotRadius * ratio, dots[i + 1]!);
    ctx.arc(dots[i]!, dots[i + 1]!, dotRadius * ratio, 0, 2 * Math.PI);
  }
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
}

/** The height of a value on the canvas; NaN where it has none. */
export function toPixels({ top, height, min, max, log }: Projection): (value: number) => number {
  if (log) {
    const low = Math.log(min);
    const k = height / (Math.log(max) - low);
    return (value) => (value > 0 ? top + height - (Math.log(value) - low) * k : NaN);
  }
  const k = height / (max - min);
  return (value) => top + height - (value - min) * k;
}
