import { addField, addPlot, changePlot, moveField, removePlot, toggleField } from '../state/change-view.js';
import type { Navigation } from '../state/navigation.js';
import { between, pauseOrFollow, type Range, type Span, step, zoom } from '../state/range.js';
import type { Store } from '../state/store.js';
import type { PlotView, Tab, View } from '../state/view.js';

/** What is going on on the screen, beside the view that a link carries. */
export interface Ui {
  /** The plot that chosen fields go to. */
  readonly current: number;
  /** The time that is pointed at. */
  readonly cursor: number | null;
  /** The field that is pointed at in a plot's list. */
  readonly pointed: { readonly plot: number; readonly id: string } | null;
}

/** Everything that a person can do. */
export type Actions = ReturnType<typeof createActions>;

export function createActions(navigation: Navigation, ui: Store<Ui>, now: () => number) {
  const view = () => navigation.view.get();
  const go = (next: View) => {
    if (next !== view()) navigation.go(next);
  };
  const point = (change: Partial<Ui>) => ui.set({ ...ui.get(), ...change });
  const current = () => Math.min(ui.get().current, view().plots.length - 1);
  const makeCurrent = (index: number) => {
    if (index !== ui.get().current) point({ current: index });
  };

  return {
    go,
    current,
    makeCurrent,
    setTab: (tab: Tab) => go({ ...view(), tab }),
    setRange: (range: Range) => go({ ...view(), range, tab: view().tab === 'status' ? 'plots' : view().tab }),
    setSpan: ({ from, to }: Span) => go({ ...view(), range: between(from, to) }),
    move: (next: View) => navigation.move(next),
    slide: ({ from, to }: Span) => navigation.move({ ...view(), range: between(from, to) }),
    settle: () => navigation.settle(),
    step: (part: number) => go({ ...view(), range: step(view().range, now(), part) }),
    zoom: (factor: number) => go({ ...view(), range: zoom(view().range, now(), factor) }),
    pauseOrFollow: () => go({ ...view(), range: pauseOrFollow(view().range, now()) }),
    /** To the range before; with none, wider. */
    back: () => (navigation.canGoBack() ? navigation.back() : go({ ...view(), range: zoom(view().range, now(), 2) })),
    /** A search is no step: every letter would be one. */
    search: (search: string) => navigation.amend({ ...view(), search }),
    toggleZone: () => go({ ...view(), zone: view().zone === 'utc' ? 'local' : 'utc' }),
    toggleEvents: () => go({ ...view(), events: !view().events }),
    change: (index: number, change: Partial<PlotView>) => go(changePlot(view(), index, change)),
    /** Into the present plot, or out of it; `elsewhere`: into a plot of its own. */
    choose(id: string, elsewhere: boolean) {
      const next = elsewhere ? addPlot(view(), [id]) : toggleField(view(), current(), id);
      go({ ...next, tab: view().tab === 'status' ? 'plots' : view().tab });
      if (elsewhere) makeCurrent(next.plots.findIndex((plot) => plot.fields.includes(id) && plot.fields.length === 1));
    },
    drop(index: number, id: string, from: number | null) {
      go(from === null ? addField(view(), index, id) : moveField(view(), from, index, id));
      makeCurrent(index);
    },
    addPlot(fields: readonly string[] = []) {
      go(addPlot(view(), fields));
      makeCurrent(view().plots.length - 1);
    },
    removePlot(index: number) {
      go(removePlot(view(), index));
      makeCurrent(Math.max(0, Math.min(ui.get().current, view().plots.length - 1)));
    },
    point: (cursor: number | null) => {
      if (cursor !== ui.get().cursor) point({ cursor });
    },
    pointField: (pointed: Ui['pointed']) => point({ pointed }),
  };
}
