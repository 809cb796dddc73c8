import { formatSpan } from '../base/duration.js';
import { formatAge, formatDuration, type Zone } from '../base/time.js';
import { type Metric, sumOf } from '../data/prometheus.js';
import type { SiteModel } from '../data/site-watch.js';

/** A number of the machinery with a word for what it is. */
export interface Figure {
  readonly name: string;
  readonly text: string;
  readonly look?: 'ok' | 'warn' | 'bad';
}

/** Figures that belong together. */
export interface FigureGroup {
  readonly title: string;
  readonly figures: readonly Figure[];
}

/** Metrics of two moments, to tell how much happened between them. */
export interface MetricsNow {
  readonly metrics: readonly Metric[];
  readonly before: readonly Metric[];
  /** Seconds between the two; 0 at first. */
  readonly seconds: number;
}

/** What `/metrics` and the nodes' own counters know, for people; only groups of which something is known. */
export function figureGroups(site: SiteModel, figures: MetricsNow, now: number, zone: Zone): readonly FigureGroup[] {
  const groups = [
    { title: 'Archive and scanner', figures: [...archiveFigures(site), ...scannerFigures(figures.metrics, now, zone)] },
    { title: 'Live feeds', figures: feedFigures(figures) },
    { title: 'Bridge', figures: bridgeFigures(figures, now) },
    { title: 'Router', figures: routerFigures(figures) },
  ];
  return groups.filter((group) => group.figures.length > 0);
}

function archiveFigures({ state }: SiteModel): readonly Figure[] {
  return (state?.nodes ?? []).flatMap(({ name, counters }): Figure[] => {
    const { files, files_damaged: damaged, files_unreadable: unreadable, samples, bytes } = counters;
    if (files === undefined || damaged === undefined) return [];
    const bad = damaged + (unreadable ?? 0);
    const hits = (counters['cache_hits'] ?? 0) + (counters['cache_misses'] ?? 0);
    return [
      { name: `files of ${name}`, text: `${whole(files)} (${formatBytes(bytes ?? 0)})` },
      { name: 'damaged or unreadable', text: whole(bad), ...(bad > 0 && { look: 'warn' as const }) },
      { name: 'samples', text: whole(samples ?? 0) },
      {
        name: 'cache',
        text:
          hits > 0
            ? `${formatBytes(counters['cache_bytes'] ?? 0)}, ${Math.round((100 * (counters['cache_hits'] ?? 0)) / hits)} % found`
            : formatBytes(counters['cache_bytes'] ?? 0),
      },
    ];
  });
}

function scannerFigures(metrics: readonly Metric[], now: number, zone: Zone): readonly Figure[] {
  const isUp = sumOf(metrics, 'sisock_scanner_database_up');
  if (isUp === null) return [];
  const waiting = sumOf(metrics, 'sisock_scanner_queue_files') ?? 0;
  const left = sumOf(metrics, 'sisock_scanner_left_bytes') ?? 0;
  const seconds = sumOf(metrics, 'sisock_scanner_left_seconds');
  const newest = sumOf(metrics, 'sisock_scanner_newest_data_seconds');
  const last = sumOf(metrics, 'sisock_scanner_last_scan_seconds');
  const eta = seconds !== null && seconds > 0 ? `, ${formatDuration(seconds)} to go` : '';
  return [
    { name: 'database', text: isUp > 0 ? 'answers' : 'does not answer', look: isUp > 0 ? 'ok' : 'bad' },
    {
      name: 'scanner',
      text: waiting > 0 ? `${whole(waiting)} files wait (${formatBytes(left)}${eta})` : 'nothing waits',
    },
    { name: 'last scan', text: last ? `took ${formatSpan(last)}` : 'under way' },
    { name: 'newest indexed', text: newest ? formatAge(newest, now, zone) : 'nothing yet' },
  ];
}

function feedFigures({ metrics, before, seconds }: MetricsNow): readonly Figure[] {
  const events = sumOf(metrics, 'sisock_feed_total', { what: 'events' });
  if (events === null) return [];
  const rate = (what: string) => perSecond(metrics, before, seconds, 'sisock_feed_total', { what });
  const log = sumOf(metrics, 'sisock_feed_log_bytes');
  const stalled = (sumOf(metrics, 'sisock_feed_log_stalled') ?? 0) > 0;
  return [
    { name: 'messages', text: rate('events') },
    { name: 'rows of samples', text: rate('samples') },
    ...(log === null
      ? []
      : [
          {
            name: 'feed log',
            text: stalled ? 'can not be written' : formatBytes(log),
            ...(stalled && { look: 'bad' as const }),
          },
        ]),
  ];
}

function bridgeFigures({ metrics, before, seconds }: MetricsNow, now: number): readonly Figure[] {
  const memory = sumOf(metrics, 'process_resident_memory_bytes');
  const heap = sumOf(metrics, 'nodejs_heap_size_used_bytes');
  const started = sumOf(metrics, 'process_start_time_seconds');
  const cpu = difference(metrics, before, 'process_cpu_seconds_total');
  const answered = difference(metrics, before, 'sisock_http_requests_total');
  const took = difference(metrics, before, 'sisock_http_request_seconds_sum');
  const failures = sumOf(metrics, 'sisock_http_node_failures_total') ?? 0;
  const figures: (Figure | null)[] = [
    started === null ? null : { name: 'up for', text: formatDuration(now - started) },
    memory === null ? null : { name: 'memory', text: formatBytes(memory) },
    heap === null ? null : { name: 'of it objects', text: formatBytes(heap) },
    seconds > 0 && cpu !== null
      ? { name: 'processor', text: `${Math.round((100 * cpu) / seconds)} % of a core` }
      : null,
    { name: 'requests', text: perSecond(metrics, before, seconds, 'sisock_http_requests_total') },
    answered && took !== null
      ? { name: 'mean answer', text: `${Number(((1000 * took) / answered).toPrecision(2))} ms` }
      : null,
    { name: 'live pages', text: whole(sumOf(metrics, 'sisock_http_live_clients') ?? 0) },
    { name: 'failures of nodes', text: whole(failures), ...(failures > 0 && { look: 'warn' as const }) },
  ];
  return metrics.length === 0 ? [] : figures.filter((figure) => figure !== null);
}

function routerFigures({ metrics, before, seconds }: MetricsNow): readonly Figure[] {
  const sessions = sumOf(metrics, 'sisock_router_sessions');
  if (sessions === null) return [];
  const mishaps = metrics.filter(({ name, value }) => name === 'sisock_router_mishaps_total' && value > 0);
  return [
    { name: 'sessions', text: whole(sessions) },
    { name: 'messages', text: perSecond(metrics, before, seconds, 'sisock_router_messages_total') },
    ...mishaps.map(({ labels, value }) => ({ name: (labels['kind'] ?? '').replaceAll('_', ' '), text: whole(value) })),
  ];
}

function difference(
  metrics: readonly Metric[],
  before: readonly Metric[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | null {
  const [now, then] = [metrics, before].map((list) => sumOf(list, name, labels));
  // A counter that went back belongs to a process that began anew.
  return now === null || now === undefined || then === null || then === undefined || now < then ? null : now - then;
}

function perSecond(
  metrics: readonly Metric[],
  before: readonly Metric[],
  seconds: number,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): string {
  const more = difference(metrics, before, name, labels);
  if (more === null || seconds <= 0) return '…';
  return `${Number((more / seconds).toPrecision(2))} a second`;
}

function whole(n: number): string {
  return Math.round(n).toLocaleString('en');
}

/** Bytes for people, in powers of a thousand. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = bytes;
  let i = 0;
  while (size >= 999.5 && i < units.length - 1) {
    size /= 1000;
    i++;
  }
  return `${Number(size.toPrecision(3))} ${units[i]}`;
}
