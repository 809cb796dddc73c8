/** A value that can be replaced, and who wants to know when it is. */
export interface Store<T> {
  get(): T;
  set(next: T): void;
  /** Told after each change, with the value before it. Returns what ends it. */
  onChange(listener: (value: T, before: T) => void): () => void;
}

export function createStore<T>(first: T): Store<T> {
  let value = first;
  const listeners = new Set<(value: T, before: T) => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      const before = value;
      value = next;
      for (const listener of [...listeners]) listener(value, before);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
