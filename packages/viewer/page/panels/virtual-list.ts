/** A long list of which only the rows in sight exist as elements. */
export interface VirtualList<Row> {
  /** Shows these rows from now on. */
  setRows(rows: readonly Row[], height: number): void;
  /** Brings the rows in sight up to date. */
  refresh(): void;
  /** Scrolls a row into sight. */
  reveal(index: number): void;
  /** The rows in sight. */
  inSight(): readonly Row[];
  /** The element of a row, where it is in sight. */
  elementOf(key: string): HTMLElement | null;
}

interface VirtualListOptions<Row> {
  /** The element that scrolls. */
  readonly viewport: HTMLElement;
  /** The element that the rows are put in, as tall as all of them. */
  readonly list: HTMLElement;
  readonly keyOf: (row: Row) => string;
  readonly create: (row: Row, index: number) => HTMLElement;
  /** Brings an element up to date that {@link create} made for a row of the same key. */
  readonly update: (element: HTMLElement, row: Row, index: number) => void;
  /** Told when other rows came into sight. */
  readonly onSight?: () => void;
}

/** Rows beyond the edges that are there already. */
const overscan = 6;

export function createVirtualList<Row>({
  viewport,
  list,
  keyOf,
  create,
  update,
  onSight,
}: VirtualListOptions<Row>): VirtualList<Row> {
  let rows: readonly Row[] = [];
  let rowHeight = 1;
  let elements = new Map<string, HTMLElement>();
  let shown: readonly [number, number] = [0, 0];
  let scheduled = false;

  function sight(): readonly [number, number] {
    const above = viewport.scrollTop - (list.offsetTop - viewport.offsetTop);
    const first = Math.floor(above / rowHeight);
    const last = Math.ceil((above + viewport.clientHeight) / rowHeight);
    return [Math.max(0, Math.min(rows.length, first)), Math.max(0, Math.min(rows.length, last))];
  }

  function render(): void {
    const [first, last] = sight();
    const from = Math.max(0, first - overscan);
    const to = Math.min(rows.length, last + overscan);
    const next = new Map<string, HTMLElement>();
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      const key = keyOf(row);
      const element = elements.get(key) ?? create(row, i);
      update(element, row, i);
      element.style.transform = `translateY(${i * rowHeight}px)`;
      element.style.height = `${rowHeight}px`;
      next.set(key, element);
    }
    for (const [key, element] of elements) if (next.get(key) !== element) element.remove();
    let before: Element | null = null;
    for (const element of next.values()) {
      const place: Element | null = before ? before.nextElementSibling : list.firstElementChild;
      if (place !== element) list.insertBefore(element, place);
      before = element;
    }
    elements = next;
    const isOther = shown[0] !== first || shown[1] !== last;
    shown = [first, last];
    if (isOther) onSight?.();
  }

  function renderSoon(): void {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      render();
    });
  }

  viewport.addEventListener('scroll', renderSoon, { passive: true });
  new ResizeObserver(renderSoon).observe(viewport);

  return {
    setRows(next, height) {
      rows = next;
      rowHeight = height;
      list.style.height = `${rows.length * rowHeight}px`;
      render();
    },
    refresh: render,
    reveal(index) {
      const top = list.offsetTop - viewport.offsetTop + index * rowHeight;
      if (top < viewport.scrollTop) viewport.scrollTop = top;
      else if (top + rowHeight > viewport.scrollTop + viewport.clientHeight) {
        viewport.scrollTop = top + rowHeight - viewport.clientHeight;
      }
      render();
    },
    inSight: () => rows.slice(...sight()),
    elementOf: (key) => elements.get(key) ?? null,
  };
}
