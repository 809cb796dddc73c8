import { byId, make, makeButton } from '../base/elements.js';
import type { Key } from '../input/keyboard.js';

const gestures: readonly (readonly [gesture: string, words: string])[] = [
  ['drag', 'zoom into a piece of time'],
  ['Shift and drag, or drag the axis of times', 'move in time'],
  ['double click', 'the range before'],
  ['Ctrl and the wheel, two fingers', 'zoom'],
  ['sideways wheel, one finger', 'move in time'],
  ['drag or wheel on an axis of values', 'move or stretch it; a double click frees it'],
  ['drag a field from the list', 'into a plot, or onto the empty room below for a new one'],
  ['Shift and click on a field', 'in a plot of its own'],
];

export interface Help {
  toggle(): void;
  isOpen(): boolean;
}

/** The keys and gestures of the page. */
export function createHelp(keys: () => readonly Key[]): Help {
  const dialog = byId<HTMLDialogElement>('keys');
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });

  function build(): void {
    const title = make('h2', '', 'Keys and gestures');
    title.id = 'keys-title';
    const list = (rows: readonly (readonly [string, string])[], tag: 'kbd' | 'span') =>
      make(
        'dl',
        '',
        rows.flatMap(([name, words]) => [make('dt', '', [make(tag, '', name)]), make('dd', '', words)]),
      );
    dialog.replaceChildren(
      make('header', '', [title, makeButton('plain icon', '×', 'Close', () => dialog.close())]),
      list(
        keys().map(({ label, words }) => [label, words] as const),
        'kbd',
      ),
      list(gestures, 'span'),
    );
  }

  return {
    isOpen: () => dialog.open,
    toggle() {
      if (dialog.open) return dialog.close();
      build();
      dialog.showModal();
    },
  };
}
