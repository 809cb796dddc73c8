import { formatValue } from '../base/values.js';
import { lowerBound, type State } from '../data/samples.js';
import type { Span } from '../state/range.js';
import { type Palette, stateColor } from './palette.js';
import type { Band } from './trace.js';

/** A state and how long it was in force. */
export interface StateSpan extends Span {
  readonly value: State;
}

/** Heights in CSS pixels: the name above a band, the band, the room below it. */
const nameHeight = 14;
const bandHeight = 18;
const bandGap = 5;
export const bandPitch = nameHeight + bandHeight + bandGap;

/** The states within a span of the plot: one from each change to the next. */
export function stateSpans({ samples: { t, v }, shift }: Band, span: Span): StateSpan[] {
  const found: { from: number; to: number; value: State }[] = [];
  const begin = Math.max(0, lowerBound(t, span.from - shift) - 1);
  for (let i = begin; i < t.length && t[i]! + shift < span.to; i++) {
    const from = Math.max(span.from, t[i]! + shift);
    const to = Math.min(span.to, (t[i + 1] ?? Infinity) + shift);
    const last = found.at(-1);
    if (last && last.value === v[i]) last.to = Math.max(last.to, to);
    else if (to > from) found.push({ from, to, value: v[i]! });
  }
  return found;
}

interface BandArea {
  /** The area in the canvas' pixels, and its time. */
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly span: Span;
  /** A state is in force until the next one, but not beyond the present. */
  readonly now: number;
  readonly ratio: number;
}

/** Draws bands of states one below the other, each with its name above it. */
export function drawBands(
  ctx: CanvasRenderingContext2D,
  bands: readonly Band[],
  { left, width, top, span, now, ratio }: BandArea,
  palette: Palette,
): void {
  const k = width / (span.to - span.from);
  const shown = { from: span.from, to: Math.max(span.from, Math.min(span.to, now)) };
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  bands.forEach((band, i) => {
    const y = top + i * bandPitch * ratio;
    ctx.globalAlpha = band.isDim ? 0.35 : 1;
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.fillStyle = palette.quiet;
    ctx.fillText(band.label, left, y + (nameHeight / 2) * ratio);
    const bandTop = y + nameHeight * ratio;
    const height = bandHeight * ratio;
    ctx.fillStyle = palette.ground;
    ctx.fillRect(left, bandTop, width, height);
    let lastPixel = -Infinity;
    for (const { from, to, value } of stateSpans(band, shown)) {
      // Edges on whole pixels are sharp.
      const x = Math.round(left + (from - span.from) * k);
      const end = Math.round(left + (to - span.from) * k);
      // What is narrower than a pixel is drawn once a pixel.
      if (end < lastPixel + 1) continue;
      lastPixel = end;
      drawState(ctx, value, x, bandTop, Math.max(ratio, end - x), height, ratio, palette);
    }
  });
  ctx.globalAlpha = 1;
}

function drawState(
  ctx: CanvasRenderingContext2D,
  value: State,
  x: number,
  y: number,
  width: number,
  height: number,
  ratio: number,
  palette: Palette,
): void {
  const alpha = ctx.globalAlpha;
  const color = stateColor(value);
  if (color !== null) {
    ctx.fillStyle = palette.series[color]!;
    ctx.globalAlpha = alpha * 0.28;
    ctx.fillRect(x, y, width, height);
    ctx.globalAlpha = alpha;
    ctx.fillRect(x, y, Math.min(width, 2 * ratio), height);
  }
  const room = width - 8 * ratio;
  if (value === null || room < 12 * ratio) return;
  ctx.fillStyle = color === null ? palette.quiet : palette.text;
  const text = fitting(ctx, formatValue(value), room);
  if (text !== '') ctx.fillText(text, x + 5 * ratio, y + height / 2);
}

/** As much of a text as fits, with dots where it is cut; nothing where that is less than a letter. */
function fitting(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  if (ctx.measureText(text).width <= room) return text;
  let n = Math.min(text.length, 60);
  while (n > 0 && ctx.measureText(`${text.slice(0, n)}…`).width > room) n--;
  return n === 0 ? '' : `${text.slice(0, n)}…`;
}
