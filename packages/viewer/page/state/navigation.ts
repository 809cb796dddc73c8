import { fromHash, toHash } from './link.js';
import type { Range } from './range.js';
import { createStore, type Store } from './store.js';
import { emptyView, type View } from './view.js';

/** The parts of a window that the view is kept in. */
export interface NavigationWindow {
  readonly location: { readonly hash: string };
  readonly history: {
    pushState(data: unknown, unused: string, url: string): void;
    replaceState(data: unknown, unused: string, url: string): void;
  };
  addEventListener(type: 'popstate' | 'hashchange', listener: () => void): void;
}

/** The one place where the view is changed. It stands in the address, and each step in the browser's history. */
export interface Navigation {
  readonly view: Store<View>;
  /** True when the address had a view at the beginning. */
  readonly isLinked: boolean;
  /** A step that the browser's Back undoes. */
  go(next: View): void;
  /** A change by the page itself: no step. */
  amend(next: View): void;
  /**
   * A change of many while something is moved. It is no step, and not in the address before `settle`: browsers take only so
   * many changes of that.
   */
  move(next: View): void;
  /** What moved stands still: that is a step. */
  settle(): void;
  /** To the range before. */
  back(): void;
  canGoBack(): boolean;
}

/** Ranges that one can go back to. */
const mostRanges = 100;

export function createNavigation(window: NavigationWindow): Navigation {
  const linked = fromHash(window.location.hash);
  const view = createStore<View>(linked ?? emptyView);
  const ranges: Range[] = [];
  let written = view.get();

  function write(isStep: boolean): void {
    const next = view.get();
    const url = `#${toHash(next)}`;
    if (isStep && next.range !== written.range) {
      ranges.push(written.range);
      if (ranges.length > mostRanges) ranges.shift();
    }
    written = next;
    if (url === window.location.hash) return;
    if (isStep) window.history.pushState(null, '', url);
    else window.history.replaceState(null, '', url);
  }

  function read(): void {
    const url = window.location.hash;
    if (url === `#${toHash(view.get())}`) return;
    const next = fromHash(url) ?? emptyView;
    written = next;
    view.set(next);
  }

  window.addEventListener('popstate', read);
  window.addEventListener('hashchange', read);

  return {
    view,
    isLinked: linked !== null,
    go(next) {
      view.set(next);
      write(true);
    },
    amend(next) {
      view.set(next);
      write(false);
    },
    move: (next) => view.set(next),
    settle: () => write(true),
    back() {
      const range = ranges.pop();
      if (!range) return;
      view.set({ ...view.get(), range });
      write(false);
    },
    canGoBack: () => ranges.length > 0,
  };
}
