import { lowerBound, type NumberSamples } from '../data/samples.js';
import type { Span } from '../state/range.js';

/** A line without axes: how a field went lately. */
export function drawSparkline(canvas: HTMLCanvasElement, { t, v }: NumberSamples, span: Span, color: string): void {
  const ratio = window.devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((size) => Math.round(size * ratio)) as [
    number,
    number,
  ];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const ctx = canvas.getContext('2d')!;
  ctx.clearRect(0, 0, width, height);
  const begin = Math.max(0, lowerBound(t, span.from) - 1);
  let min = Infinity;
  let max = -Infinity;
  for (let i = begin; i < t.length; i++) {
    if (v[i]! < min) min = v[i]!;
    if (v[i]! > max) max = v[i]!;
  }
  if (!(max >= min)) return;
  // What hardly changes lies in the middle: noise of a thousandth is no drama.
  const size = Math.max(max - min, Math.abs(max) * 1e-3, Number.MIN_VALUE);
  const base = (max + min) / 2 - size / 2;
  const room = 2 * ratio;
  ctx.beginPath();
  let isDown = false;
  for (let i = begin; i < t.length; i++) {
    const value = v[i]!;
    if (Number.isNaN(value)) {
      isDown = false;
      continue;
    }
    const x = ((t[i]! - span.from) / (span.to - span.from)) * width;
    const y = height - room - ((value - base) / size) * (height - 2 * room);
    if (isDown) ctx.lineTo(x, y);
    else ctx.moveTo(x, y);
    isDown = true;
  }
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.2 * ratio;
  ctx.lineJoin = 'round';
  ctx.stroke();
}
