import { make } from '../base/elements.js';
import { formatTime, type Zone, zoneName } from '../base/time.js';
import type { Palette } from '../plot/palette.js';
import type { Span } from '../state/range.js';
import type { LegendEntry } from './legend.js';

/** What of a plot is saved as CSV. */
export interface CsvRequest {
  readonly fields: readonly string[];
  readonly span: Span;
  /** Buckets, as they are drawn; null: every sample. */
  readonly buckets: number | null;
  readonly time: 'iso' | 'unix';
}

/** Longest address that servers take. */
const mostAddress = 7000;

/** The address of a CSV file; null where it names more fields than an address has room for. */
export function csvAddress({ fields, span, buckets, time }: CsvRequest): string | null {
  const parameters = new URLSearchParams(fields.map((field) => ['field', field]));
  parameters.set('from', String(span.from));
  parameters.set('to', String(span.to));
  parameters.set('format', 'csv');
  if (time === 'unix') parameters.set('time', 'unix');
  if (buckets === null) parameters.set('raw', 'true');
  else parameters.set('maxDataPoints', String(buckets));
  const address = `/api/v1/series?${parameters}`;
  return address.length > mostAddress ? null : address;
}

/** A name for a file that tells what is in it: what, and from when. */
export function fileName(title: string, { from }: Span, ending: string): string {
  const words =
    title
      .replace(/[^\p{L}\d]+/gu, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60) || 'plot';
  const time = formatTime(from, 'utc').replace(/[-: ]/g, '').slice(0, 12);
  return `${words}-${time}Z.${ending}`;
}

/** Has the browser save what is at an address. */
export function save(address: string, name: string): void {
  const link = make('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

export interface Picture {
  readonly title: string;
  readonly canvas: HTMLCanvasElement;
  readonly entries: readonly LegendEntry[];
  readonly span: Span;
  readonly zone: Zone;
  readonly palette: Palette;
}

/** The plot as a picture that stands by itself: with its title, its fields and its time. */
export async function drawPicture({ title, canvas, entries, span, zone, palette }: Picture): Promise<Blob> {
  const ratio = window.devicePixelRatio;
  const line = 18 * ratio;
  const edge = 14 * ratio;
  const perRow = Math.max(1, Math.floor((canvas.width - edge) / (300 * ratio)));
  const rows = Math.ceil(entries.length / perRow);
  const head = edge + 1.4 * line;
  const picture = document.createElement('canvas');
  picture.width = canvas.width;
  picture.height = head + canvas.height + rows * line + 2 * edge;
  const ctx = picture.getContext('2d')!;
  ctx.fillStyle = palette.surface;
  ctx.fillRect(0, 0, picture.width, picture.height);
  ctx.drawImage(canvas, 0, head);
  ctx.textBaseline = 'middle';
  ctx.fillStyle = palette.text;
  ctx.font = `600 ${14 * ratio}px system-ui, sans-serif`;
  ctx.fillText(title, edge, edge + line / 2, picture.width / 2);
  ctx.font = `${12 * ratio}px system-ui, sans-serif`;
  ctx.fillStyle = palette.quiet;
  ctx.textAlign = 'right';
  const times = `${formatTime(span.from, zone)} – ${formatTime(span.to, zone)} ${zoneName(zone, span.to)}`;
  ctx.fillText(times, picture.width - edge, edge + line / 2, picture.width / 2);
  ctx.textAlign = 'left';
  entries.forEach(({ label, where, color, units }, i) => {
    const x = edge + (i % perRow) * 300 * ratio;
    const y = head + canvas.height + edge + Math.floor(i / perRow) * line;
    ctx.fillStyle = color;
    ctx.fillRect(x, y - 2 * ratio, 14 * ratio, 4 * ratio);
    ctx.fillStyle = palette.text;
    ctx.fillText(`${label}${units ? ` [${units}]` : ''} · ${where}`, x + 20 * ratio, y, 270 * ratio);
  });
  return new Promise((resolve, reject) => {
    picture.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be made'))), 'image/png');
  });
}
