import { make } from '../base/elements.js';
import { unitsOf, sidesOf } from '../plot/plot.js';
import { createPlotPanel, type PlotPanel, type Saving } from '../panels/plot-panel.js';
import { csvAddress, drawPicture, fileName, save } from '../panels/save.js';
import type { Span } from '../state/range.js';
import type { Actions } from './actions.js';
import { type Moment, panelModel } from './panel-model.js';
import { setLimits } from '../state/change-view.js';
import type { View } from '../state/view.js';

export interface Plots {
  show(moment: Omit<Moment, 'sides'>): void;
  /** Seconds a pixel of each plot; as long as there is none, of one that would be there. */
  widths(span: Span): readonly number[];
  /** The time under a mouse that rests on a plot, while that moves along; null: it does not. */
  timeAtRest(span: Span): number | null;
}

/** The plots of the view, one below the other and in line. */
export function createPlots(element: HTMLElement, actions: Actions, say: (words: string) => void): Plots {
  const panels: PlotPanel[] = [];
  let moment: Moment | null = null;
  const room = make('p', 'drop-room', 'Drop a field here for a plot of its own.');
  element.append(room);

  function panelFor(index: number): PlotPanel {
    let panel = panels[index];
    if (panel) return panel;
    panel = createPlotPanel({
      index: () => index,
      onSelect: actions.setSpan,
      onSlide: actions.slide,
      onSettle: actions.settle,
      onBack: actions.back,
      onPoint: actions.point,
      onCurrent: () => actions.makeCurrent(index),
      onLimits: (unit, limits) => actions.move(setLimits(viewNow(), index, unit, limits)),
      onLog: (log) => actions.change(index, { log }),
      onBefore: (before) => actions.change(index, { before }),
      onFree: () => actions.change(index, { limits: {} }),
      onRemove: () => actions.removePlot(index),
      onRemoveField: (id) => actions.change(index, { fields: fieldsAt(index).filter((one) => one !== id) }),
      onPointField: (id) => actions.pointField(id === null ? null : { plot: index, id }),
      onExtent: ({ from, to }) => {
        // A little beyond the last sample: a range ends before its end.
        const margin = Math.max(1, (to - from) * 0.005);
        actions.setSpan({ from, to: to + margin });
      },
      onDrop: (id, from) => actions.drop(index, id, from),
      onSave: (what) => void saveAs(index, what),
    });
    panels[index] = panel;
    element.insertBefore(panel.element, room);
    return panel;
  }

  const viewNow = (): View => moment!.view;
  const fieldsAt = (index: number) => viewNow().plots[index]?.fields ?? [];

  async function saveAs(index: number, what: Saving): Promise<void> {
    const { span, view, palette } = moment!;
    const panel = panels[index]!;
    const model = panelModel(view.plots[index]!, index, moment!, widths(span)[index]!);
    if (what.kind === 'csv') {
      const buckets = what.all ? null : panel.plot.pixelsWide();
      const address = csvAddress({ fields: fieldsAt(index), span, buckets, time: what.time });
      if (address === null) return say('These are too many fields for one file: save them in smaller plots.');
      return save(address, fileName(model.title, span, 'csv'));
    }
    const { entries } = model.legend;
    const canvas = panel.plot.canvas();
    const picture = await drawPicture({ title: model.title, canvas, entries, span, zone: view.zone, palette });
    const url = URL.createObjectURL(picture);
    save(url, fileName(model.title, span, 'png'));
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  function widths(span: Span): readonly number[] {
    // Rounded: a pixel's width must not differ by the last digits while a range moves.
    return panels.map(({ plot }) => Number(((span.to - span.from) / plot.pixelsWide()).toPrecision(4)));
  }

  return {
    widths,
    timeAtRest: (span) => panels.reduce<number | null>((t, panel) => t ?? panel.timeAtRest(span), null),
    show(next) {
      const { plots } = next.view;
      while (panels.length > plots.length) panels.pop()!.remove();
      for (let i = panels.length; i < plots.length; i++) panelFor(i);
      const units = plots.map(({ fields }) =>
        unitsOf(
          fields.flatMap((id) => {
            const field = next.site.catalog.fields.get(id);
            return field?.type === 'number' ? [field] : [];
          }),
        ),
      );
      const all = units.map((list) => sidesOf(list.length));
      const most = (side: 0 | 1) => Math.max(...all.map((sides) => sides[side]));
      moment = { ...next, sides: [most(0), most(1)] };
      const seconds = widths(next.span);
      plots.forEach((plot, i) => panelFor(i).show(panelModel(plot, i, moment!, seconds[i]!)));
      element.classList.toggle('many', plots.length > 2);
    },
  };
}
