import type { Samples } from '../data/samples.js';
import { askSeries } from '../data/series.js';
import type { Span } from '../state/range.js';

/** How the fields of the table went lately. */
export interface Trends {
  readonly samples: () => ReadonlyMap<string, Samples>;
  readonly span: () => Span;
  /** Asks for what is in sight and old or missing. */
  look(ids: readonly string[]): void;
}

interface TrendsOptions {
  readonly now: () => number;
  readonly onChange: () => void;
}

const seconds = 3600;
const buckets = 90;
/** A trend of an hour is good for so long, in seconds. */
const goodFor = 30;
/** Trends that are remembered. */
const most = 2000;

export function createTrends({ now, onChange }: TrendsOptions): Trends {
  let known = new Map<string, { readonly at: number; readonly samples: Samples }>();
  let asking: AbortController | null = null;

  return {
    samples: () => new Map([...known].map(([id, { samples }]) => [id, samples])),
    span: () => ({ from: now() - seconds, to: now() }),
    look(ids) {
      const wanted = ids.filter((id) => now() - (known.get(id)?.at ?? -Infinity) > goodFor);
      if (wanted.length === 0 || asking) return;
      const mine = new AbortController();
      asking = mine;
      const at = now();
      askSeries({ ids: wanted, from: at - seconds, to: at, buckets }, mine.signal)
        .then(
          ({ series }) => {
            if (known.size > most) known = new Map();
            // Those that have none are not asked for again and again either.
            const none: Samples = { kind: 'state', t: [], v: [] };
            for (const id of wanted) known.set(id, { at, samples: none });
            for (const { id, samples } of series) known.set(id, { at, samples });
          },
          () => undefined,
        )
        .finally(() => {
          asking = null;
          onChange();
        });
    },
  };
}
