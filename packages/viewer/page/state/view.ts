import type { Zone } from '../base/time.js';
import { defaultRange, type Range } from './range.js';

/** What one plot shows. `fields`: `node::field`, in the order they were chosen. */
export interface PlotView {
  readonly fields: readonly string[];
  readonly log: boolean;
  /** The same fields are drawn once more, as they were so many seconds before; 0: they are not. */
  readonly before: number;
  /** Ends of an axis that a person chose, by its unit (the empty text: no unit). Others follow the data. */
  readonly limits: Readonly<Record<string, readonly [min: number, max: number]>>;
}

export const tabs = ['plots', 'table', 'status'] as const;
export type Tab = (typeof tabs)[number];

/** Everything that is on the screen by somebody's choice, as a link carries it. Immutable. */
export interface View {
  readonly tab: Tab;
  readonly range: Range;
  readonly plots: readonly PlotView[];
  readonly zone: Zone;
  /** Whether what came and went is marked in the plots. */
  readonly events: boolean;
  /** What is searched for. */
  readonly search: string;
}

/** More of them than this are not taken from a link, nor added. */
export const mostPlots = 12;
export const mostFields = 40;

export const emptyPlot: PlotView = { fields: [], log: false, before: 0, limits: {} };

export const emptyView: View = {
  tab: 'plots',
  range: defaultRange,
  plots: [emptyPlot],
  zone: 'utc',
  events: true,
  search: '',
};

/** Every field of every plot, each once. */
export function fieldsOf(view: View): readonly string[] {
  return [...new Set(view.plots.flatMap((plot) => plot.fields))];
}
