/** A key of the page: what it is called, what it does in words, and what it does. */
export interface Key {
  /** As `KeyboardEvent.key` tells it; several do the same. */
  readonly keys: readonly string[];
  readonly label: string;
  readonly words: string;
  readonly run: (event: KeyboardEvent) => void;
}

/** Obeys keys, but not while somebody writes, nor those of the browser. */
export function watchKeys(keys: readonly Key[], isBusy: () => boolean): void {
  const byKey = new Map(keys.flatMap((key) => key.keys.map((name) => [name, key] as const)));
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isBusy()) return;
    if (isWriting(event.target)) return;
    const key = byKey.get(event.key);
    if (!key) return;
    event.preventDefault();
    key.run(event);
  });
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, select, textarea, [contenteditable]');
}
