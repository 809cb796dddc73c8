import type { Catalog, Entry } from './catalog.js';
import { instanceId } from './catalog.js';
import type { Field } from './site.js';

/** Something that was found: a field, and the entry it belongs to. */
export interface Found {
  readonly field: Field;
  readonly entry: Entry;
  readonly score: number;
}

/** Finds fields by a few words; best matches first, in the order of the catalog where they are as good. */
export type Search = (text: string) => readonly Found[];

interface Indexed {
  readonly field: Field;
  readonly entry: Entry;
  /** Its words, each with what finding it there is worth. */
  readonly words: readonly (readonly [word: string, weight: number])[];
  /** Beginnings of the words of its own name, one after the other: `mc` for `mixing_chamber`. */
  readonly initials: string;
}

/** Words of a text, in lower case: split where letters and digits meet too, numbers without leading zeros. */
export function wordsOf(text: string): readonly string[] {
  const split = text.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return (split.match(/\p{L}+|\d+/gu) ?? []).map((word) => (/^\d/.test(word) ? word.replace(/^0+(?=\d)/, '') : word));
}

/**
 * Makes the search over a catalog. Every word of the text must be found: as a word, its beginning, a part of it, an
 * abbreviation (`tmp`), or the initials of the name (`mc`). `node::` in front asks for the fields of that node, parts of
 * joined nodes too.
 */
export function createSearch(catalog: Catalog): Search {
  const all = catalog.entries.map((entry) => indexed(entry.field, entry));
  let parts: readonly Indexed[] | null = null;

  return (text) => {
    const [, node, words] = /^\s*([^\s:]*)::(.*)$/s.exec(text) ?? [null, null, text];
    const asked = wordsOf(words ?? '');
    let among: readonly Indexed[] = all;
    if (node !== null && node !== undefined) {
      parts ??= catalog.entries.flatMap((entry) => entry.others.map((field) => indexed(field, entry)));
      const begins = node.toLowerCase();
      among = [...all, ...parts].filter(({ field }) => field.node.toLowerCase().startsWith(begins));
    }
    const rate = asked.map(rater);
    return among
      .map((one, i) => ({ one, i, score: scoreOf(one, asked, rate) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || a.i - b.i)
      .map(({ one: { field, entry }, score }) => ({ field, entry, score }));
  };
}

function indexed(field: Field, entry: Entry): Indexed {
  const { labels, node, units, description } = field;
  const words = new Map<string, number>();
  const add = (text: string | null | undefined, weight: number) => {
    for (const word of wordsOf(text ?? '')) words.set(word, Math.max(words.get(word) ?? 0, weight));
  };
  const own = wordsOf(entry.leaf);
  add(entry.leaf, 1);
  add(labels['feed'], 0.7);
  add(labels['agent'] && instanceId(labels['agent']), 0.7);
  add(labels['block'], 0.6);
  add(entry.path.slice(1).join(' '), 0.6);
  add(node, 0.5);
  add(labels['agent_class'], 0.5);
  add(units, 0.4);
  add(description, 0.4);
  return { field, entry, words: [...words], initials: own.map((word) => word[0]).join('') };
}

/** A little for what has fewer words beside those that were asked for. */
const briefBonus = 0.2;

function scoreOf({ words, initials }: Indexed, asked: readonly string[], rate: readonly Rate[]): number {
  let sum = briefBonus / (1 + words.length);
  for (const [i, word] of asked.entries()) {
    let best = word.length > 1 && initials.startsWith(word) ? 0.45 : 0;
    for (const [candidate, weight] of words) best = Math.max(best, rate[i]!(candidate) * weight);
    if (best === 0) return 0;
    sum += best;
  }
  return sum;
}

/** How well a word fits the one that was asked for, 0 to 1. */
type Rate = (word: string) => number;

/** Remembers what it said: the same words stand in thousands of names. */
function rater(asked: string): Rate {
  const known = new Map<string, number>();
  return (word) => {
    let rating = known.get(word);
    if (rating === undefined) known.set(word, (rating = fit(asked, word)));
    return rating;
  };
}

function fit(asked: string, word: string): number {
  if (word === asked) return 1;
  if (word.startsWith(asked)) return 0.7 + 0.2 * (asked.length / word.length);
  if (/^\d/.test(asked)) return 0;
  if (asked.length > 1 && word.includes(asked)) return 0.5;
  return asked.length > 1 && isAbbreviation(asked, word) ? 0.35 : 0;
}

/** `tmp` of `temperature`: begins alike, and its letters follow in order. */
function isAbbreviation(short: string, word: string): boolean {
  if (short[0] !== word[0]) return false;
  let at = 0;
  for (const letter of word) if (letter === short[at]) at++;
  return at === short.length;
}

/** Where the asked words stand in a text, for marking them: `[from, to)` in rising order, none touching another. */
export function marksOf(text: string, asked: readonly string[]): readonly (readonly [from: number, to: number])[] {
  const lower = text.toLowerCase();
  const marked = new Array<boolean>(text.length).fill(false);
  if (lower.length !== text.length) return [];
  for (const word of asked) {
    const pattern = /^\d/.test(word) ? `(?<!\\d)0*${word}(?!\\d)` : word.replace(/[^\p{L}\d]/gu, '');
    if (pattern === '') continue;
    for (const { index, 0: found } of lower.matchAll(new RegExp(pattern, 'gu')))
      marked.fill(true, index, index + found.length);
  }
  const marks: [number, number][] = [];
  for (let i = 0; i < text.length; i++) {
    if (!marked[i]) continue;
    const last = marks.at(-1);
    if (last?.[1] === i) last[1] = i + 1;
    else marks.push([i, i + 1]);
  }
  return marks;
}
