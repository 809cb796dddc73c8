import { formatSpan } from '../base/duration.js';
import { shortNames, splitId } from '../base/names.js';
import type { SiteEvent } from '../data/events.js';
import { eventsAbout } from '../data/events.js';
import type { FieldCache } from '../data/field-cache.js';
import type { Loader } from '../data/loader.js';
import { newestOf, noNumbers, type Sample, sampleAt } from '../data/samples.js';
import type { SiteModel } from '../data/site-watch.js';
import { explain, noticesOf } from '../panels/explain.js';
import { stateOf } from '../panels/field-row.js';
import type { LegendEntry } from '../panels/legend.js';
import type { PanelModel } from '../panels/plot-panel.js';
import { whereOf } from '../panels/where.js';
import { dashOf, type Palette, seriesColors } from '../plot/palette.js';
import { type Band, extremesOf, isInSpan, isLine, type Line, readingAt, type Trace } from '../plot/trace.js';
import type { Span } from '../state/range.js';
import type { PlotView, View } from '../state/view.js';

/** What all plots of the page have in common at a moment. */
export interface Moment {
  readonly view: View;
  readonly span: Span;
  readonly now: number;
  readonly site: SiteModel;
  readonly cache: FieldCache;
  readonly loader: Pick<Loader, 'problem' | 'isLoading'>;
  readonly palette: Palette;
  readonly events: readonly SiteEvent[];
  readonly cursor: number | null;
  /** Field that is pointed at in a legend. */
  readonly pointed: { readonly plot: number; readonly id: string } | null;
  readonly current: number;
  readonly sides: readonly [left: number, right: number];
}

const beforeDash = [2, 3];

/** The fields of a plot as they are drawn: themselves, and where that is asked for as they were before. */
export function tracesOf(plot: PlotView, index: number, moment: Moment, width: number): readonly Trace[] {
  const { span, cache, site, palette, pointed } = moment;
  const names = shortNames(plot.fields);
  return plot.fields.flatMap((id, i): Trace[] => {
    const field = site.catalog.fields.get(id);
    const data = cache.get(id);
    const trace = (shift: number): Trace => ({
      id,
      label: names.get(id)! + (shift > 0 ? `, ${formatSpan(shift)} before` : ''),
      units: field?.units ?? null,
      color: palette.series[i % seriesColors]!,
      dash: shift > 0 ? beforeDash : dashOf(i),
      samples: data?.samples({ from: span.from - shift, to: span.to - shift }, width) ?? noNumbers,
      shift,
      isDim: pointed?.plot === index && pointed.id !== id,
    });
    return plot.before > 0 ? [trace(plot.before), trace(0)] : [trace(0)];
  });
}

/** Everything that a plot and what stands around it shows at a moment. */
export function panelModel(plot: PlotView, index: number, moment: Moment, width: number): PanelModel {
  const { view, span, now, site, loader, palette, cursor, current, sides } = moment;
  const all = tracesOf(plot, index, moment, width);
  const traces = all.filter((trace) => trace.samples.t.length > 0);
  const lines = traces.filter(isLine);
  const bands = traces.filter((trace): trace is Band => !isLine(trace));
  const isSomething = traces.some((trace) => isInSpan(trace, span));
  const isLoading = plot.fields.some((id) => loader.isLoading(id));
  const problem = (id: string) => loader.problem(id);
  const words = isSomething
    ? null
    : explain({
        fields: plot.fields,
        site,
        isLoading,
        problem,
        zone: view.zone,
        isGuarded: site.state?.hasLogins === true && site.state.user === null,
      });
  const notices = words ? [] : [...noticesOf(plot.fields, problem), ...logNotices(plot, lines, span)];
  return {
    view: plot,
    title: titleOf(plot, site, index),
    plot: {
      span,
      now,
      lines: lines.filter((line) => isInSpan(line, span) || words === null),
      bands,
      log: plot.log,
      limits: plot.limits,
      events: view.events ? eventsOf(plot, moment) : [],
      zone: view.zone,
      palette,
      sides,
    },
    traces,
    legend: {
      entries: plot.fields.map((id) => legendEntry(id, all, plot, moment)),
      cursor,
      zone: view.zone,
    },
    cursor,
    words,
    notices,
    isCurrent: index === current,
    isOneOfMany: view.plots.length > 1,
    isLoading: isLoading && words === null,
    zone: view.zone,
  };
}

function legendEntry(id: string, all: readonly Trace[], plot: PlotView, moment: Moment): LegendEntry {
  const { site, span, now, cursor, cache, view } = moment;
  const field = site.catalog.fields.get(id);
  const own = all.find((trace) => trace.id === id && trace.shift === 0)!;
  const earlier = all.find((trace) => trace.id === id && trace.shift > 0);
  const state = field ? stateOf(field, site, now) : null;
  const isLive = view.range.kind === 'last';
  const latest = () => (isLive ? (cache.get(id)?.newest() ?? null) : lastIn(own, span));
  return {
    id,
    label: own.label,
    where: placesOf(plot, site).length > 1 ? placeOf(id, site) : '',
    units: own.units,
    color: own.color,
    isState: own.samples.kind === 'state',
    dash: own.dash.length > 0,
    reading: cursor === null ? latest() : readingAt(own, cursor),
    before: earlier
      ? { label: formatSpan(plot.before) + ' before', reading: readingAt(earlier, cursor ?? span.to) }
      : null,
    extremes: isLine(own) ? extremesOf(own, span) : null,
    freshness: isLive ? (state?.freshness ?? 'none') : 'resting',
    words: state?.words ?? '',
  };
}

/** The last sample within the span; a gap at its end does not hide it. */
function lastIn({ samples, shift }: Trace, span: Span): Sample | null {
  const last = sampleAt(samples, span.to - shift);
  if (!last || last.v !== null || samples.kind === 'state') return last;
  return newestOf({ kind: 'number', ...finiteUntil(samples.t, samples.v, span.to - shift) });
}

function finiteUntil(t: ArrayLike<number>, v: ArrayLike<number>, end: number) {
  for (let i = t.length - 1; i >= 0; i--) {
    if (t[i]! < end && !Number.isNaN(v[i]!)) return { t: [t[i]!], v: [v[i]!] };
  }
  return { t: [], v: [] };
}

function placeOf(id: string, { catalog }: SiteModel): string {
  const field = catalog.fields.get(id);
  return field ? whereOf(field, catalog.entryOf.get(id)) : splitId(id).node;
}

/** The places that the fields of a plot come from. */
function placesOf({ fields }: PlotView, site: SiteModel): readonly string[] {
  return [...new Set(fields.map((id) => placeOf(id, site)))];
}

function titleOf(plot: PlotView, site: SiteModel, index: number): string {
  const places = placesOf(plot, site);
  if (places.length === 0) return `Plot ${index + 1}`;
  return places.length <= 2 ? places.join(', ') : `${places[0]} and ${places.length - 1} others`;
}

function eventsOf({ fields }: PlotView, { site, events }: Moment): readonly SiteEvent[] {
  const names = new Set(fields.map((id) => splitId(id).node));
  for (const id of fields) {
    const agent = site.catalog.fields.get(id)?.labels['agent'];
    if (agent) names.add(agent);
  }
  return eventsAbout(events, names);
}

/** What a log axis can't show, in words. */
function logNotices({ log }: PlotView, lines: readonly Line[], span: Span): readonly string[] {
  if (!log) return [];
  const hidden = lines.filter((line) => (extremesOf(line, span)?.min ?? 1) <= 0).map(({ label }) => label);
  return hidden.length === 0 ? [] : [`${hidden.join(', ')}: values of zero and below have no place on a log axis`];
}
