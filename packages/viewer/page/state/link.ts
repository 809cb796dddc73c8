import { parseDuration, writeDuration } from '../base/duration.js';
import { isoUtc, parseTime } from '../base/time.js';
import { between, defaultRange, narrowest, type Range, widest } from './range.js';
import { emptyPlot, emptyView, mostFields, mostPlots, type PlotView, type Tab, tabs, type View } from './view.js';

/**
 * The view as the part of a link after `#`. Fields follow their plot: `field=` belongs to the last `plot=` before it, and
 * so do `scale=log`, `before=7d` (the same a week earlier) and `y=0.1:4:K` (ends of an axis).
 */
export function toHash(view: View): string {
  const parameters = new URLSearchParams();
  if (view.tab !== 'plots') parameters.set('tab', view.tab);
  const { range } = view;
  if (range.kind === 'last') parameters.set('last', writeDuration(range.seconds));
  else {
    parameters.set('from', isoUtc(range.from));
    parameters.set('to', isoUtc(range.to));
  }
  if (view.zone === 'local') parameters.set('tz', 'local');
  if (!view.events) parameters.set('events', 'off');
  if (view.search !== '') parameters.set('q', view.search);
  view.plots.forEach((plot, i) => {
    if (i > 0) parameters.append('plot', String(i + 1));
    if (plot.log) parameters.append('scale', 'log');
    if (plot.before > 0) parameters.append('before', writeDuration(plot.before));
    for (const [unit, [min, max]] of Object.entries(plot.limits)) parameters.append('y', `${min}:${max}:${unit}`);
    for (const field of plot.fields) parameters.append('field', field);
  });
  return parameters.toString().replaceAll('%3A', ':');
}

/** The view of a link; null where it carries none. What can't be understood is left at its default. */
export function fromHash(hash: string): View | null {
  const text = hash.replace(/^#/, '');
  if (text === '') return null;
  const parameters = new URLSearchParams(text);
  const tab = parameters.get('tab');
  return {
    ...emptyView,
    tab: tabs.includes(tab as Tab) ? (tab as Tab) : 'plots',
    range: rangeOf(parameters),
    plots: plotsOf(parameters),
    zone: parameters.get('tz') === 'local' ? 'local' : 'utc',
    events: parameters.get('events') !== 'off',
    search: parameters.get('q') ?? '',
  };
}

function rangeOf(parameters: URLSearchParams): Range {
  const [from, to] = ['from', 'to'].map((name) => absolute(parameters.get(name) ?? '')) as [number, number];
  if (to > from) return between(from, to);
  const seconds = parseDuration(parameters.get('last') ?? '');
  return seconds !== null && seconds >= narrowest && seconds <= widest ? { kind: 'last', seconds } : defaultRange;
}

/** A time that means the same whenever the link is opened; NaN for others. */
function absolute(text: string): number {
  return /^\d/.test(text) && !/^\d{1,2}:/.test(text) ? (parseTime(text, NaN, 'utc') ?? NaN) : NaN;
}

function plotsOf(parameters: URLSearchParams): readonly PlotView[] {
  const plots: PlotView[] = [emptyPlot];
  for (const [name, value] of parameters) {
    if (name === 'plot') {
      if (plots.length < mostPlots) plots.push(emptyPlot);
      continue;
    }
    plots.push(withOption(plots.pop()!, name, value));
  }
  return plots;
}

function withOption(plot: PlotView, name: string, value: string): PlotView {
  switch (name) {
    case 'scale':
      return { ...plot, log: value === 'log' };
    case 'before':
      return { ...plot, before: parseDuration(value) ?? 0 };
    case 'y': {
      const [, min, max, unit = ''] = /^([^:]+):([^:]+):(.*)$/s.exec(value) ?? [];
      const ends = [Number(min), Number(max)] as const;
      const isRange = Number.isFinite(ends[0]) && Number.isFinite(ends[1]) && ends[1] > ends[0];
      return isRange ? { ...plot, limits: { ...plot.limits, [unit]: ends } } : plot;
    }
    case 'field': {
      const isNew = value.includes('::') && !plot.fields.includes(value) && plot.fields.length < mostFields;
      return isNew ? { ...plot, fields: [...plot.fields, value] } : plot;
    }
    default:
      return plot;
  }
}
