import type { Match } from './messages.js';

interface Pattern<T> {
  readonly uri: string;
  readonly match: Match;
  readonly value: T;
}

const cachedUris = 10_000;

/**
 * Finds what matches a URI among exact, prefix and wildcard patterns (WAMP specification, "Pattern-based
 * Subscriptions" and "Pattern-based Registrations") without looking at each pattern: prefixes by their lengths, wildcards
 * by which of their components are empty.
 */
export class PatternIndex<T> {
  private readonly tables: Record<Match, Map<string, Pattern<T>>> = {
    exact: new Map(),
    prefix: new Map(),
    wildcard: new Map(),
  };
  /** How many prefixes have this length; and the lengths, longest first. */
  private readonly lengths = new Map<number, number>();
  private prefixLengths: number[] = [];
  /** Component count and the positions of the empty ones, as a key and taken apart. */
  private readonly shapes = new Map<
    string,
    { readonly count: number; readonly empty: readonly number[]; used: number }
  >();
  private readonly cache = new Map<string, readonly T[]>();

  get(uri: string, match: Match): T | undefined {
    return this.tables[match].get(uri)?.value;
  }

  add(uri: string, match: Match, value: T): void {
    const known = this.tables[match].has(uri);
    this.tables[match].set(uri, { uri, match, value });
    this.cache.clear();
    if (known) return;
    if (match === 'prefix') this.measure(uri.length, 1);
    if (match === 'wildcard') this.shape(uri).used++;
  }

  remove(uri: string, match: Match): void {
    if (!this.tables[match].delete(uri)) return;
    this.cache.clear();
    if (match === 'prefix') this.measure(uri.length, -1);
    if (match === 'wildcard' && --this.shape(uri).used === 0) this.shapes.delete(shapeKey(uri.split('.')));
  }

  *values(match: Match): Iterable<T> {
    for (const pattern of this.tables[match].values()) yield pattern.value;
  }

  /** All that match, best first: exact, longest prefix, then wildcards with the longest literal starts. */
  all(uri: string): readonly T[] {
    let found = this.cache.get(uri);
    if (found === undefined) {
      found = this.search(uri);
      if (this.cache.size >= cachedUris) this.cache.clear();
      this.cache.set(uri, found);
    }
    return found;
  }

  best(uri: string): T | undefined {
    return this.tables.exact.get(uri)?.value ?? this.all(uri)[0];
  }

  private search(uri: string): T[] {
    const found: T[] = [];
    const exact = this.tables.exact.get(uri);
    if (exact !== undefined) found.push(exact.value);
    for (const length of this.prefixLengths) {
      const prefix = length <= uri.length ? this.tables.prefix.get(uri.slice(0, length)) : undefined;
      if (prefix !== undefined) found.push(prefix.value);
    }
    if (this.shapes.size > 0) found.push(...this.wildcards(uri).map((pattern) => pattern.value));
    return found;
  }

  private wildcards(uri: string): Pattern<T>[] {
    const components = uri.split('.');
    const found: Pattern<T>[] = [];
    for (const { count, empty } of this.shapes.values()) {
      if (count !== components.length) continue;
      const masked = [...components];
      for (const at of empty) masked[at] = '';
      const pattern = this.tables.wildcard.get(masked.join('.'));
      if (pattern !== undefined) found.push(pattern);
    }
    return found.sort((a, b) => compareWildcards(a.uri, b.uri));
  }

  private measure(length: number, change: 1 | -1): void {
    const count = (this.lengths.get(length) ?? 0) + change;
    const listed = count > 0 && this.lengths.has(length);
    if (count > 0) this.lengths.set(length, count);
    else this.lengths.delete(length);
    if (!listed) this.prefixLengths = [...this.lengths.keys()].sort((a, b) => b - a);
  }

  private shape(uri: string): { used: number } {
    const components = uri.split('.');
    const key = shapeKey(components);
    let shape = this.shapes.get(key);
    if (shape === undefined) {
      const empty = components.flatMap((component, at) => (component === '' ? [at] : []));
      shape = { count: components.length, empty, used: 0 };
      this.shapes.set(key, shape);
    }
    return shape;
  }
}

function shapeKey(components: readonly string[]): string {
  return components.map((component) => (component === '' ? '*' : '.')).join('');
}

/** The pattern whose literal components run longer from the left comes first; then the next run is compared. */
function compareWildcards(a: string, b: string): number {
  const left = a.split('.');
  const right = b.split('.');
  for (let at = 0; at < left.length; at++) {
    const difference = Number(left[at] === '') - Number(right[at] === '');
    if (difference !== 0) return difference;
  }
  return 0;
}
