import { emptyPlot, mostFields, mostPlots, type PlotView, type View } from './view.js';

/** Changes one plot; where there is no such plot, nothing. */
export function changePlot(view: View, index: number, change: Partial<PlotView>): View {
  if (!view.plots[index]) return view;
  return { ...view, plots: view.plots.map((plot, i) => (i === index ? { ...plot, ...change } : plot)) };
}

/** Shows a field in a plot, as its last one. */
export function addField(view: View, index: number, id: string): View {
  const plot = view.plots[index];
  if (!plot || plot.fields.includes(id) || plot.fields.length >= mostFields) return view;
  return changePlot(view, index, { fields: [...plot.fields, id] });
}

export function removeField(view: View, index: number, id: string): View {
  const plot = view.plots[index];
  return plot ? changePlot(view, index, { fields: plot.fields.filter((field) => field !== id) }) : view;
}

/** Shows what is not shown, and takes away what is. */
export function toggleField(view: View, index: number, id: string): View {
  return view.plots[index]?.fields.includes(id) ? removeField(view, index, id) : addField(view, index, id);
}

/** From one plot into another one. */
export function moveField(view: View, from: number, to: number, id: string): View {
  if (from === to || !view.plots[to] || !view.plots[from]?.fields.includes(id)) return view;
  const added = addField(view, to, id);
  return added === view && !view.plots[to].fields.includes(id) ? view : removeField(added, from, id);
}

/** A plot below the others. An empty one that is there already is used instead. */
export function addPlot(view: View, fields: readonly string[] = []): View {
  const empty = view.plots.findIndex((plot) => plot.fields.length === 0);
  if (empty >= 0) return changePlot(view, empty, { fields });
  if (view.plots.length >= mostPlots) return view;
  return { ...view, plots: [...view.plots, { ...emptyPlot, fields: fields.slice(0, mostFields) }] };
}

/** Takes a plot away; the last one is left empty. */
export function removePlot(view: View, index: number): View {
  const plots = view.plots.filter((_, i) => i !== index);
  return { ...view, plots: plots.length > 0 ? plots : [emptyPlot] };
}

/** Sets the ends of the axis of a unit; null: they follow the data again. */
export function setLimits(
  view: View,
  index: number,
  unit: string,
  ends: readonly [min: number, max: number] | null,
): View {
  const plot = view.plots[index];
  if (!plot) return view;
  const { [unit]: _, ...others } = plot.limits;
  return changePlot(view, index, { limits: ends && ends[1] > ends[0] ? { ...others, [unit]: ends } : others });
}
