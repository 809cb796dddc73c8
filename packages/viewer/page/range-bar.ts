import { byId, make, setText } from './elements.js';
import { formatUtc, parseUtc } from './time.js';
import { lastRanges, type Range } from './view.js';

export interface RangeBar {
  show(range: Range, canGoBack: boolean): void;
  /** The absolute times in the two fields; a person who is writing there is left in peace. */
  showTimes(times: { readonly from: number; readonly to: number }): void;
}

interface Handlers {
  readonly onRange: (range: Range) => void;
  readonly onBack: () => void;
  /** The range shown now, as absolute times. */
  readonly current: () => { readonly from: number; readonly to: number };
}

/** The buttons for ranges that end now, the absolute range in UTC, and the steps in time. */
export function createRangeBar({ onRange, onBack, current }: Handlers): RangeBar {
  const from = byId<HTMLInputElement>('from');
  const to = byId<HTMLInputElement>('to');
  const error = byId('range-error');
  const buttons = lastRanges.map(({ label, seconds }) => {
    const button = make('button', '', label);
    button.type = 'button';
    button.title = `The last ${label}, live`;
    button.addEventListener('click', () => onRange({ kind: 'last', seconds }));
    return { button, seconds };
  });
  byId('ranges').append(...buttons.map((b) => b.button));

  function complain(input: HTMLInputElement | null, text: string): void {
    for (const each of [from, to]) each.setAttribute('aria-invalid', String(each === input));
    error.hidden = text === '';
    setText(error, text);
    input?.focus();
  }

  byId('between').addEventListener('submit', (event) => {
    event.preventDefault();
    const begin = parseUtc(from.value);
    const end = parseUtc(to.value);
    const example = 'write a UTC time as 2017-07-14 12:30 or as UNIX seconds';
    if (begin === null) return complain(from, `"${from.value}" is no time: ${example}`);
    if (end === null) return complain(to, `"${to.value}" is no time: ${example}`);
    if (end <= begin) return complain(to, 'The end is not after the beginning');
    complain(null, '');
    onRange({ kind: 'between', from: begin, to: end });
  });

  const step = (direction: number) => () => {
    const range = current();
    const shift = (direction * (range.to - range.from)) / 2;
    onRange({ kind: 'between', from: range.from + shift, to: range.to + shift });
  };
  byId('earlier').addEventListener('click', step(-1));
  byId('later').addEventListener('click', step(1));
  byId('back').addEventListener('click', onBack);

  return {
    show(range, canGoBack) {
      for (const { button, seconds } of buttons) {
        button.setAttribute('aria-pressed', String(range.kind === 'last' && range.seconds === seconds));
      }
      byId<HTMLButtonElement>('back').disabled = !canGoBack;
      complain(null, '');
    },
    showTimes(times) {
      if (byId('between').contains(document.activeElement)) return;
      from.value = formatUtc(times.from);
      to.value = formatUtc(times.to);
    },
  };
}
