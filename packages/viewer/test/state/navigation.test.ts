import { describe, expect, it } from '@jest/globals';
import { createNavigation } from '../../page/state/navigation.js';
import { between } from '../../page/state/range.js';
import { emptyView } from '../../page/state/view.js';

/** A window with a history. */
function fakeWindow(hash = '') {
  const entries = [hash];
  let at = 0;
  const listeners: (() => void)[] = [];
  return {
    entries,
    location: {
      get hash() {
        return entries[at]!;
      },
    },
    history: {
      pushState: (_: unknown, __: string, url: string) => void entries.splice(++at, Infinity, url),
      replaceState: (_: unknown, __: string, url: string) => void (entries[at] = url),
    },
    addEventListener: (_: string, listener: () => void) => void listeners.push(listener),
    travel(steps: number) {
      at += steps;
      listeners.forEach((listener) => listener());
    },
  };
}

describe('the view in the address', () => {
  it('is taken from a link, and written by each step', () => {
    const window = fakeWindow('#last=1h&field=a::b');
    const { view, go, isLinked } = createNavigation(window);
    expect([isLinked, view.get().plots[0]!.fields]).toEqual([true, ['a::b']]);
    go({ ...view.get(), tab: 'status' });
    expect(window.entries).toEqual(['#last=1h&field=a::b', '#tab=status&last=1h&field=a::b']);
    window.travel(-1);
    expect(view.get().tab).toBe('plots');
    expect(createNavigation(fakeWindow()).isLinked).toBe(false);
  });

  it('is written once for a movement, at its end', () => {
    const window = fakeWindow('');
    const { view, move, settle, go, back, canGoBack } = createNavigation(window);
    go({ ...emptyView, range: between(0, 10) });
    for (let i = 1; i < 9; i++) move({ ...view.get(), range: between(i, i + 10) });
    expect(window.entries).toHaveLength(2);
    settle();
    expect(window.entries[2]).toContain('from=1970-01-01T00:00:08Z');
    back();
    expect(view.get().range).toEqual(between(0, 10));
    back();
    expect([view.get().range, canGoBack()]).toEqual([emptyView.range, false]);
    back();
    expect(view.get().range).toEqual(emptyView.range);
  });

  it('changed by the page itself is no step', () => {
    const window = fakeWindow('');
    const { view, amend, canGoBack } = createNavigation(window);
    amend({ ...view.get(), search: 'x' });
    expect([window.entries, canGoBack()]).toEqual([['#last=15m&q=x'], false]);
  });
});
