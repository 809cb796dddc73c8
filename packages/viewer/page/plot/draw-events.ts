import type { SiteEvent } from '../data/events.js';
import type { Span } from '../state/range.js';
import type { Palette } from './palette.js';

interface EventArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly span: Span;
  readonly ratio: number;
}

/** Draws what came and went: a line with a mark at its top, and a veil over the time that something was away. */
export function drawEvents(
  ctx: CanvasRenderingContext2D,
  events: readonly SiteEvent[],
  { left, top, width, height, span, ratio }: EventArea,
  palette: Palette,
): void {
  const k = width / (span.to - span.from);
  const place = (t: number) => left + (Math.min(span.to, Math.max(span.from, t)) - span.from) * k;
  for (const event of events) {
    if (event.from >= span.to || Math.max(event.from, event.to) < span.from) continue;
    const isLoss = event.tags.includes('went') || event.tags.includes('trouble');
    const color = isLoss ? palette.bad : palette.ok;
    const x = place(event.from);
    ctx.fillStyle = ctx.strokeStyle = color;
    if (event.to > event.from) {
      ctx.globalAlpha = 0.07;
      ctx.fillRect(x, top, Math.max(ratio, place(event.to) - x), height);
    }
    if (event.from < span.from) continue;
    ctx.globalAlpha = 0.7;
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(Math.round(x) + 0.5, top);
    ctx.lineTo(Math.round(x) + 0.5, top + height);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
    ctx.beginPath();
    ctx.moveTo(x - 4 * ratio, top);
    ctx.lineTo(x + 4 * ratio, top);
    ctx.lineTo(x, top + 6 * ratio);
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

/** The events whose marks are within so many seconds of a time. */
export function eventsNear(events: readonly SiteEvent[], t: number, seconds: number): readonly SiteEvent[] {
  return events.filter(({ from }) => Math.abs(from - t) <= seconds);
}
