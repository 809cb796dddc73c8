import type { Key } from '../input/keyboard.js';
import { changePlot } from '../state/change-view.js';
import type { Navigation } from '../state/navigation.js';
import { resolve } from '../state/range.js';
import type { tabs } from '../state/view.js';
import type { Actions, Ui } from './actions.js';

interface KeysOptions {
  readonly actions: Actions;
  readonly navigation: Navigation;
  readonly ui: () => Ui;
  readonly now: () => number;
  readonly focusSearch: () => void;
  readonly toggleTheme: () => void;
  readonly toggleHelp: () => void;
  readonly copyLink: () => void;
}

/** What each key of the page does. */
export function keysOf({ actions, navigation, ui, now, ...others }: KeysOptions): readonly Key[] {
  const view = () => navigation.view.get();
  const key = (keys: readonly string[], label: string, words: string, run: Key['run']): Key => {
    return { keys, label, words, run };
  };
  const tab = (name: (typeof tabs)[number]) => () => actions.setTab(name);
  const moveCursor = (part: number) => () => {
    const { from, to } = resolve(view().range, now());
    const at = ui().cursor ?? to;
    actions.point(Math.min(to, Math.max(from, at + part * (to - from))));
  };
  return [
    key(['/'], '/', 'find a field; then ↓ and Enter', others.focusSearch),
    key(['?'], '?', 'this list', others.toggleHelp),
    key(['ArrowLeft'], '←', 'earlier; with Shift by the whole range', (e) => actions.step(e.shiftKey ? -1 : -0.25)),
    key(['ArrowRight'], '→', 'later; with Shift by the whole range', (e) => actions.step(e.shiftKey ? 1 : 0.25)),
    key(['+', '='], '+', 'a shorter time', () => actions.zoom(0.5)),
    key(['-', '−'], '−', 'a longer time', () => actions.zoom(2)),
    key(['Backspace'], 'Backspace', 'the range before', actions.back),
    key(['l', ' '], 'l or space', 'pause, or follow the present', actions.pauseOrFollow),
    key([','], ',', 'the values a little earlier', moveCursor(-0.01)),
    key(['.'], '.', 'the values a little later', moveCursor(0.01)),
    key(['n'], 'n', 'one more plot', () => actions.addPlot()),
    key(['g'], 'g', 'logarithmic axis of the present plot', () => {
      const i = actions.current();
      actions.go(changePlot(view(), i, { log: !view().plots[i]!.log }));
    }),
    key(['e'], 'e', 'mark what came and went', actions.toggleEvents),
    key(['u'], 'u', 'UTC or local time', actions.toggleZone),
    key(['d'], 'd', 'light or dark', others.toggleTheme),
    key(['c'], 'c', 'copy a link to what is shown', others.copyLink),
    key(['p'], 'p', 'plots', tab('plots')),
    key(['t'], 't', 'table', tab('table')),
    key(['s'], 's', 'status', tab('status')),
    key(['Escape'], 'Esc', 'no time is pointed at', () => actions.point(null)),
  ];
}
