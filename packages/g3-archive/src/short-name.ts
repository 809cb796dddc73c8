/** What a name that was asked for stands for: a field, none, or so many that it can't be told which. */
export type NameMatch =
  { readonly full: string } | { readonly full: null; readonly matches: number; readonly some: readonly string[] };

/** Most answers that are remembered; after that they are looked for again. */
const mostRemembered = 10_000;
/** Matches that are named. */
const mostNamed = 3;

/**
 * Finds fields by shortened names: the dot-separated parts of the full name in their order, some of them left out, the last
 * one kept. `LSA22YE.temperatures.Channel_01` is `observatory.LSA22YE.feeds.temperatures.Channel_01` where no other field
 * matches. An exact name comes first.
 */
export class ShortNames {
  readonly #names: ReadonlyMap<string, unknown>;
  readonly #remembered = new Map<string, NameMatch>();
  #byLastPart: Map<string, { readonly full: string; readonly parts: readonly string[] }[]> | null = null;

  /** `names`: full names of all fields (its keys). */
  constructor(names: ReadonlyMap<string, unknown>) {
    this.#names = names;
  }

  find(name: string): NameMatch {
    if (this.#names.has(name)) return { full: name };
    const known = this.#remembered.get(name);
    if (known) return known;
    const found = this.#search(name.split('.'));
    const match = found.length === 1 ? { full: found[0]! } : noMatch(found);
    if (this.#remembered.size >= mostRemembered) this.#remembered.clear();
    this.#remembered.set(name, match);
    return match;
  }

  #search(asked: readonly string[]): string[] {
    this.#byLastPart ??= byLastPart(this.#names.keys());
    const found: string[] = [];
    for (const { full, parts } of this.#byLastPart.get(asked.at(-1)!) ?? []) {
      if (holdsInOrder(parts, asked)) found.push(full);
    }
    return found;
  }
}

function noMatch(found: readonly string[]): NameMatch {
  return { full: null, matches: found.length, some: found.slice(0, mostNamed) };
}

function byLastPart(names: Iterable<string>) {
  const all = new Map<string, { full: string; parts: string[] }[]>();
  for (const full of names) {
    const parts = full.split('.');
    const last = parts.at(-1)!;
    const same = all.get(last);
    if (same) same.push({ full, parts });
    else all.set(last, [{ full, parts }]);
  }
  return all;
}

function holdsInOrder(parts: readonly string[], asked: readonly string[]): boolean {
  let next = 0;
  for (const part of parts) if (next < asked.length && part === asked[next]) next++;
  return next === asked.length;
}
