import { isoUtc, parseUtc } from './time.js';

/** The time shown: the last so many seconds, live, or a fixed piece of it (UNIX seconds). */
export type Range =
  | { readonly kind: 'last'; readonly seconds: number }
  | { readonly kind: 'between'; readonly from: number; readonly to: number };

/** What is on the screen, as a link carries it. `fields`: `node::field`, in the order they were chosen. */
export interface View {
  readonly fields: readonly string[];
  readonly range: Range;
  readonly log: boolean;
}

/** The ranges that end now, by the names links use. */
export const lastRanges: readonly { readonly name: string; readonly label: string; readonly seconds: number }[] = [
  { name: '5m', label: '5 min', seconds: 300 },
  { name: '15m', label: '15 min', seconds: 900 },
  { name: '1h', label: '1 h', seconds: 3600 },
  { name: '6h', label: '6 h', seconds: 21_600 },
  { name: '24h', label: '24 h', seconds: 86_400 },
  { name: '7d', label: '7 d', seconds: 604_800 },
];

export const defaultRange: Range = { kind: 'last', seconds: 300 };

/** The view as the part of a link after `#`. */
export function toHash(view: View): string {
  const parameters = new URLSearchParams();
  if (view.range.kind === 'last') {
    const { seconds } = view.range;
    parameters.set('last', lastRanges.find((r) => r.seconds === seconds)?.name ?? `${seconds}s`);
  } else {
    parameters.set('from', isoUtc(view.range.from));
    parameters.set('to', isoUtc(view.range.to));
  }
  if (view.log) parameters.set('scale', 'log');
  for (const field of view.fields) parameters.append('field', field);
  return parameters.toString().replaceAll('%3A', ':');
}

/** The view of a link; null where it carries none. What can't be understood is left at its default. */
export function fromHash(hash: string): View | null {
  const text = hash.replace(/^#/, '');
  if (text === '') return null;
  const parameters = new URLSearchParams(text);
  return {
    fields: [...new Set(parameters.getAll('field'))].filter((f) => f.includes('::')),
    range: rangeOf(parameters),
    log: parameters.get('scale') === 'log',
  };
}

function rangeOf(parameters: URLSearchParams): Range {
  const from = parseUtc(parameters.get('from') ?? '');
  const to = parseUtc(parameters.get('to') ?? '');
  if (from !== null && to !== null && to > from) return { kind: 'between', from, to };
  const last = parameters.get('last') ?? '';
  const named = lastRanges.find((r) => r.name === last);
  if (named) return { kind: 'last', seconds: named.seconds };
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(last);
  if (seconds && Number(seconds[1]) > 0) return { kind: 'last', seconds: Number(seconds[1]) };
  return defaultRange;
}

/** The range as absolute UNIX seconds. */
export function resolve(range: Range, now: number): { readonly from: number; readonly to: number } {
  return range.kind === 'last' ? { from: now - range.seconds, to: now } : { from: range.from, to: range.to };
}
