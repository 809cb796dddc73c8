import { SisockError } from '@sisock/core';
import { show } from '../http/body.js';

/** The query string of a request, as express' simple parser gives it: a repeated name makes a list. */
export type Query = Readonly<Record<string, unknown>>;

/** One text; undefined where it is not given. @throws SisockError `bad_request` when it is given twice. */
export function oneText(query: Query, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === 'string') return value === '' ? undefined : value;
  throw new SisockError('bad_request', `parameter ${name} is given more than once`);
}

/** Every text given under a name, in order, without empty ones. */
export function manyTexts(query: Query, name: string): string[] {
  const value = query[name];
  const list: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.filter((one): one is string => typeof one === 'string' && one !== '');
}

/** One of some words. @throws SisockError `bad_request` naming them. */
export function oneWord<const T extends string>(query: Query, name: string, words: readonly T[], fallback: T): T {
  const text = oneText(query, name) ?? fallback;
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  throw new SisockError('bad_request', `parameter ${name} ${show(text)} is none of ${words.join(', ')}`);
}

export function flagOf(query: Query, name: string): boolean {
  return oneWord(query, name, ['false', 'true', '0', '1'], 'false').match(/^(true|1)$/) !== null;
}

/** A number within bounds. @throws SisockError `bad_request` naming them. */
export function numberOf(query: Query, name: string, min: number, max: number): number | undefined {
  const text = oneText(query, name);
  if (text === undefined) return undefined;
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new SisockError('bad_request', `parameter ${name} ${show(text)} is not a number from ${min} to ${max}`);
}

/** Refuses names that mean nothing here: a misspelt parameter must not be mistaken for its default. */
export function onlyKnown(query: Query, known: readonly string[]): void {
  for (const name of Object.keys(query)) {
    if (known.includes(name)) continue;
    throw new SisockError('bad_request', `parameter ${show(name)} is unknown here: there are ${known.join(', ')}`);
  }
}
