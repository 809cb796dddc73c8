import { byId, makeButton, setText } from '../base/elements.js';
import { formatSpan } from '../base/duration.js';
import { formatTime, parseTime, type Zone, zoneName } from '../base/time.js';
import { between, lastRanges, type Range, secondsOf, type Span } from '../state/range.js';

export interface RangeModel {
  readonly range: Range;
  /** The range as absolute times. */
  readonly span: Span;
  readonly zone: Zone;
  readonly now: number;
  readonly canGoBack: boolean;
}

export interface RangeHandlers {
  readonly onRange: (range: Range) => void;
  readonly onStep: (part: number) => void;
  readonly onZoom: (factor: number) => void;
  readonly onBack: () => void;
  readonly onPause: () => void;
}

export interface RangeBar {
  show(model: RangeModel): void;
}

/** The time that is shown: buttons for what ends now, two inputs for what does not, and steps. */
export function createRangeBar(handlers: RangeHandlers): RangeBar {
  const from = byId<HTMLInputElement>('from');
  const to = byId<HTMLInputElement>('to');
  const form = byId<HTMLFormElement>('between');
  const pause = byId<HTMLButtonElement>('pause');
  let model: RangeModel | null = null;

  const buttons = lastRanges.map((name) => {
    const seconds = secondsOf(name);
    const button = makeButton('', name, `${name}: last ${formatSpan(seconds)}`, () =>
      handlers.onRange({ kind: 'last', seconds }),
    );
    return { button, seconds };
  });
  byId('ranges').append(...buttons.map(({ button }) => button));

  function complain(input: HTMLInputElement | null, text: string): void {
    for (const each of [from, to]) each.setAttribute('aria-invalid', String(each === input));
    const error = byId('range-error');
    error.hidden = text === '';
    setText(error, text);
    input?.focus();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!model) return;
    const { now, zone } = model;
    const begin = parseTime(from.value, now, zone);
    const end = parseTime(to.value, now, zone);
    const example = 'write a time as 2017-07-14 12:30, 12:30, yesterday, -3h or as UNIX seconds';
    if (begin === null) return complain(from, `"${from.value}" is no time: ${example}`);
    if (end === null) return complain(to, `"${to.value}" is no time: ${example}`);
    if (end <= begin) return complain(to, 'The end is not after the beginning');
    complain(null, '');
    const isLive = /^\s*now\s*$/i.test(to.value);
    handlers.onRange(isLive ? { kind: 'last', seconds: end - begin } : between(begin, end));
    (document.activeElement as HTMLElement | null)?.blur();
  });
  for (const input of [from, to]) {
    input.addEventListener('focus', () => input.select());
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      complain(null, '');
      input.blur();
    });
  }

  byId('earlier').addEventListener('click', () => handlers.onStep(-0.5));
  byId('later').addEventListener('click', () => handlers.onStep(0.5));
  byId('wider').addEventListener('click', () => handlers.onZoom(2));
  byId('narrower').addEventListener('click', () => handlers.onZoom(0.5));
  byId('back').addEventListener('click', handlers.onBack);
  pause.addEventListener('click', handlers.onPause);

  return {
    show(next) {
      const isOther = model !== null && (next.range !== model.range || next.zone !== model.zone);
      model = next;
      const { range, span, zone, canGoBack } = next;
      for (const { button, seconds } of buttons) {
        button.setAttribute('aria-pressed', String(range.kind === 'last' && range.seconds === seconds));
      }
      byId<HTMLButtonElement>('back').disabled = !canGoBack;
      const isLive = range.kind === 'last';
      setText(pause, isLive ? 'Pause' : 'Go live');
      pause.classList.toggle('primary', !isLive);
      if (isOther) complain(null, '');
      // Who is writing there is left in peace.
      if (form.contains(document.activeElement)) return;
      const digits = span.to - span.from < 10 ? 3 : 0;
      from.value = formatTime(span.from, zone, digits);
      to.value = isLive ? 'now' : formatTime(span.to, zone, digits);
      for (const input of [from, to]) input.title = `Time in ${zoneName(zone, span.to)}`;
    },
  };
}
