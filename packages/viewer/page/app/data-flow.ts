import { createFieldCache, type FieldCache } from '../data/field-cache.js';
import { createLive, type Followed, type Live } from '../data/live.js';
import { createLoader, type Loader, type Wanted } from '../data/loader.js';
import { createRequestQueue } from '../data/request-queue.js';
import { samplesFrom } from '../data/samples.js';
import { askSeries } from '../data/series.js';
import type { Span } from '../state/range.js';
import { fieldsOf, type View } from '../state/view.js';

/** Requests for data at a time. */
const mostRequests = 4;
/** Clocks differ: live data are asked for so far beyond the present, but never by more than a part of the range. */
const aheadSeconds = 10;
const aheadPart = 0.1;
/** What was long before the range is forgotten, in widths of the range. */
const keptWidths = 4;

export interface DataFlow {
  readonly cache: FieldCache;
  readonly loader: Loader;
  readonly live: Live;
  /** Time of the newest live sample; -Infinity before the first. */
  newest(): number;
  /** Asks for what a view shows and follows what it follows. `widths`: seconds a pixel, of each plot. */
  want(view: View, span: Span, widths: readonly number[]): void;
}

interface DataFlowOptions {
  /** The server's present. */
  readonly now: () => number;
  /** Something came, failed, or changed. */
  readonly onChange: () => void;
}

/** Loaded and live data of the fields that are shown. */
export function createDataFlow({ now, onChange }: DataFlowOptions): DataFlow {
  const cache = createFieldCache();
  const queue = createRequestQueue(mostRequests);
  const nowMs = () => performance.now();
  const loader = createLoader({ cache, ask: askSeries, queue, nowMs, now, onChange });
  let keptFrom = -Infinity;
  let newest = -Infinity;
  let widthOf: ReadonlyMap<string, number> = new Map();

  function following(fields: readonly Followed[]): void {
    const followed = new Set(fields.map(({ id }) => id));
    for (const id of cache.ids()) if (!followed.has(id)) cache.get(id)!.unfollow();
    for (const id of followed) cache.get(id)?.follow(now(), nowMs());
    awaited = followed;
    onChange();
  }

  /** Followed fields of which nothing is held yet: what comes first of them is not lost. */
  let awaited: ReadonlySet<string> = new Set();

  const live = createLive({
    open: openSocket,
    now,
    handlers: {
      onFollowing: following,
      onSamples(id, t, v) {
        const isNumber = v.some((value) => value !== null) ? v.every((x) => x === null || typeof x === 'number') : null;
        const held = cache.get(id);
        if (isNumber === null && !held?.isNumber) return;
        const data = cache.open(id, held?.isNumber ?? isNumber ?? true, null);
        if (awaited.has(id)) data.follow(now(), nowMs());
        newest = Math.max(newest, t.at(-1) ?? -Infinity);
        data.append(samplesFrom(t, v, data.isNumber));
        data.tidy(keptFrom, widthOf.get(id) ?? 1);
        onChange();
      },
      onMissed(ids) {
        for (const id of ids) {
          const data = cache.get(id);
          if (!data?.isLive) continue;
          data.unfollow();
          if (live.state() === 'on') data.follow(now(), nowMs());
        }
        onChange();
      },
      onState: onChange,
    },
  });

  return {
    cache,
    loader,
    live,
    newest: () => newest,
    want(view, span, widths) {
      const isShown = view.tab === 'plots';
      const isLive = view.range.kind === 'last';
      live.follow(isShown && isLive ? fieldsOf(view) : []);
      const list = isShown ? wantedOf(view, span, widths) : [];
      widthOf = new Map(list.map(({ id, width }) => [id, width]));
      const longest = Math.max(0, ...view.plots.map((plot) => plot.before));
      keptFrom = span.from - longest - keptWidths * (span.to - span.from);
      cache.keepWithin(new Set(fieldsOf(view)));
      loader.want(list);
    },
  };
}

/** What a view needs of each field. Of the past that moves along with the present a little more is asked for. */
export function wantedOf({ plots, range }: View, span: Span, widths: readonly number[]): readonly Wanted[] {
  const length = span.to - span.from;
  const isLive = range.kind === 'last';
  const ahead = isLive ? Math.min(aheadSeconds, aheadPart * length) : 0;
  return plots.flatMap((plot, i) => {
    const width = widths[i] ?? length / 1000;
    return plot.fields.flatMap((id): Wanted[] => {
      const now = { id, span: { from: span.from, to: span.to + ahead }, width };
      if (plot.before === 0) return [now];
      const step = length / 8;
      const to = span.to - plot.before;
      const before = { from: span.from - plot.before, to: isLive ? Math.ceil(to / step) * step : to };
      return [now, { id, span: before, width }];
    });
  });
}

function openSocket(): WebSocket {
  const address = new URL('/api/v1/live', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(address);
}
