import { SisockError } from '@sisock/core';
import { quote } from '../plan/resolve.js';

/** One character of its own, any one character, or any text. */
type Token = string | typeof any | typeof rest;

const any = Symbol('any');
const rest = Symbol('rest');

/** Most alternatives one pattern may mean. */
const mostAlternatives = 1000;
const allowed = 'text, escapes (\\.), ".", ".*", ".+", "a|b" and "(a|b)"';

/**
 * The part of regular expressions that filters need, matched without going back, so that no pattern costs more than its
 * length times the text's. The whole text must fit; `^` and `$` at the ends are allowed.
 * @throws SisockError `bad_request` for anything else, `too_large` for too many alternatives.
 */
export function safePattern(text: string): (value: string) => boolean {
  const alternatives = parse(text.replace(/^\^/, '').replace(/(?<!\\)\$$/, ''), text);
  return (value) => alternatives.some((tokens) => fits(tokens, [...value]));
}

function parse(text: string, whole: string): Token[][] {
  const done: Token[][] = [];
  let open: Token[][] = [[]];
  let group: { before: Token[][]; alternatives: Token[][] } | null = null;
  const letters = [...text];
  for (let i = 0; i < letters.length; i++) {
    const c = letters[i]!;
    if (c === '(' && group === null) {
      group = { before: open, alternatives: [] };
      open = [[]];
    } else if (c === ')' && group !== null) {
      const endings = [...group.alternatives, ...open];
      if (group.before.length * endings.length > mostAlternatives) throw tooMany(whole);
      open = group.before.flatMap((start) => endings.map((end) => [...start, ...end]));
      group = null;
    } else if (c === '|') {
      (group?.alternatives ?? done).push(...open);
      open = [[]];
      if (done.length > mostAlternatives) throw tooMany(whole);
    } else {
      const { tokens, length } = tokenAt(letters, i, whole);
      for (const one of open) one.push(...tokens);
      i += length - 1;
    }
  }
  if (group !== null) throw wrong(whole);
  return [...done, ...open];
}

function tokenAt(letters: readonly string[], i: number, whole: string): { tokens: Token[]; length: number } {
  const c = letters[i]!;
  const next = letters[i + 1];
  if (c === '\\') {
    if (next === undefined || /\w/.test(next)) throw wrong(whole);
    return { tokens: [next], length: 2 };
  }
  if (c === '.') {
    if (next === '*') return { tokens: [rest], length: 2 };
    return next === '+' ? { tokens: [any, rest], length: 2 } : { tokens: [any], length: 1 };
  }
  if ('^$*+?()[]{}'.includes(c)) throw wrong(whole);
  return { tokens: [c], length: 1 };
}

/** Goes back to the last `.*` only. */
function fits(tokens: readonly Token[], letters: readonly string[]): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < letters.length) {
    const token = tokens[p];
    if (token === rest) {
      star = p++;
      resume = n;
    } else if (token !== undefined && (token === any || token === letters[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (tokens[p] === rest) p++;
  return p === tokens.length;
}

function wrong(text: string): SisockError {
  return new SisockError('bad_request', `the pattern ${quote(text)} is not understood: there are ${allowed}`);
}

function tooMany(text: string): SisockError {
  return new SisockError('too_large', `the pattern ${quote(text)} means more than ${mostAlternatives} texts`);
}
