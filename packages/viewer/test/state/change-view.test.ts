import { describe, expect, it } from '@jest/globals';
import {
  addField,
  addPlot,
  changePlot,
  moveField,
  removePlot,
  setLimits,
  toggleField,
} from '../../page/state/change-view.js';
import { createStore } from '../../page/state/store.js';
import { emptyPlot, emptyView, fieldsOf, mostFields, mostPlots, type View } from '../../page/state/view.js';

const plots = (...lists: string[][]): View => ({
  ...emptyView,
  plots: lists.map((fields) => ({ ...emptyPlot, fields })),
});
const lists = (view: View) => view.plots.map((plot) => plot.fields);

describe('the plots', () => {
  it('take a field once, and give it back', () => {
    const shown = toggleField(toggleField(plots(['a']), 0, 'b'), 0, 'b');
    expect(lists(shown)).toEqual([['a']]);
    expect(addField(plots(['a']), 0, 'a')).toEqual(plots(['a']));
    expect(addField(plots(['a']), 7, 'b')).toEqual(plots(['a']));
  });

  it('let a field be moved from one to another', () => {
    expect(lists(moveField(plots(['a', 'b'], ['c']), 0, 1, 'a'))).toEqual([['b'], ['c', 'a']]);
    expect(lists(moveField(plots(['a'], ['a', 'c']), 0, 1, 'a'))).toEqual([[], ['a', 'c']]);
    expect(lists(moveField(plots(['a'], ['c']), 0, 1, 'x'))).toEqual([['a'], ['c']]);
  });

  it('never become none, nor more than can be shown', () => {
    expect(lists(removePlot(plots(['a']), 0))).toEqual([[]]);
    expect(lists(addPlot(plots(['a'], []), ['b']))).toEqual([['a'], ['b']]);
    const full = plots(...Array.from({ length: mostPlots }, (_, i) => [`f${i}`]));
    expect(addPlot(full, ['x'])).toBe(full);
    const wide = plots(Array.from({ length: mostFields }, (_, i) => `f${i}`));
    expect(addField(wide, 0, 'x')).toBe(wide);
  });

  it('have ends of an axis until they are taken away', () => {
    const set = setLimits(plots(['a']), 0, 'K', [1, 2]);
    expect(set.plots[0]!.limits).toEqual({ K: [1, 2] });
    expect(setLimits(set, 0, 'K', null).plots[0]!.limits).toEqual({});
    expect(setLimits(set, 0, 'K', [2, 2]).plots[0]!.limits).toEqual({});
  });

  it('name every field once, and leave a view as it was where nothing is there to change', () => {
    const view = plots(['a', 'b'], ['a']);
    expect(fieldsOf(view)).toEqual(['a', 'b']);
    expect(changePlot(view, 2, { log: true })).toBe(view);
  });
});

describe('a store', () => {
  it('tells of changes with what was before, and of none that is none', () => {
    const store = createStore(1);
    const told: unknown[] = [];
    const stop = store.onChange((value, before) => told.push([before, value]));
    store.set(1);
    store.set(2);
    stop();
    store.set(3);
    expect([told, store.get()]).toEqual([[[1, 2]], 3]);
  });
});
