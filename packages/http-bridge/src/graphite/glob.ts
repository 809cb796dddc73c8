import { SisockError } from '@sisock/core';
import { quote } from '../plan/resolve.js';

/** One part of a path pattern: the text itself, or what it takes to match it. */
export interface SegmentPattern {
  /** The only text that matches; null where several may. */
  readonly literal: string | null;
  matches(text: string): boolean;
}

/**
 * The patterns a text with `{a,b}` lists stands for, one a combination. Lists may nest and may hold dots.
 * @throws SisockError `too_large` for more than `most`, `bad_request` for braces that do not pair.
 */
export function expandBraces(text: string, most: number): string[] {
  const done: string[] = [];
  const waiting = [text];
  while (waiting.length > 0) {
    const next = waiting.pop()!;
    const list = firstList(next, text);
    if (!list) done.push(next);
    else {
      const { before, items, after } = list;
      for (const item of items.reverse()) waiting.push(before + item + after);
    }
    if (done.length + waiting.length > most) {
      throw new SisockError('too_large', `the lists in ${quote(text)} mean more than ${most} paths`);
    }
  }
  return [...new Set(done)];
}

function firstList(text: string, whole: string): { before: string; items: string[]; after: string } | null {
  const open = text.indexOf('{');
  if (open < 0) {
    if (text.includes('}')) throw unpaired(whole);
    return null;
  }
  const items: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open; at < text.length; at++) {
    const c = text[at];
    if (c === '{') depth++;
    else if (c === ',' && depth === 1) {
      items.push(text.slice(from, at));
      from = at + 1;
    } else if (c === '}' && --depth === 0) {
      items.push(text.slice(from, at));
      return { before: text.slice(0, open), items, after: text.slice(at + 1) };
    }
  }
  throw unpaired(whole);
}

function unpaired(text: string): SisockError {
  return new SisockError('bad_request', `the braces in ${quote(text)} do not pair`);
}

/** A part of a pattern: `*` any characters, `?` one, `[a-z]` one of these, `[!a-z]` one of no such. */
export function segmentPattern(text: string): SegmentPattern {
  if (!/[*?[]/.test(text)) return { literal: text, matches: (other) => other === text };
  const steps = compile(text);
  return { literal: null, matches: (other) => matchSteps(steps, other) };
}

type Step = 'any' | ((character: string) => boolean);

function compile(text: string): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (c === '*') {
      if (steps.at(-1) !== 'any') steps.push('any');
    } else if (c === '?') steps.push(() => true);
    else if (c === '[') {
      // A bracket right behind the opening one stands for itself, as in fnmatch.
      const first = at + (text[at + 1] === '!' ? 2 : 1);
      const close = text.indexOf(']', first + 1);
      if (close < 0) throw new SisockError('bad_request', `the bracket in ${quote(text)} is never closed`);
      steps.push(oneOf(text.slice(first, close), first > at + 1));
      at = close;
    } else steps.push((other) => other === c);
  }
  return steps;
}

function oneOf(members: string, inverted: boolean): Step {
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at++) {
    const low = members[at]!;
    const isRange = members[at + 1] === '-' && at + 2 < members.length;
    ranges.push([low, isRange ? members[at + 2]! : low]);
    if (isRange) at += 2;
  }
  return (c) => ranges.some(([low, high]) => low <= c && c <= high) !== inverted;
}

/** On a mismatch the last `*` takes one more character: never worse than the lengths multiplied, whatever the pattern. */
function matchSteps(steps: readonly Step[], text: string): boolean {
  let step = 0;
  let at = 0;
  let star = -1;
  let taken = 0;
  while (at < text.length) {
    const here = steps[step];
    if (here === 'any') {
      star = step++;
      taken = at;
    } else if (here?.(text[at]!)) {
      step++;
      at++;
    } else if (star >= 0) {
      step = star + 1;
      at = ++taken;
    } else return false;
  }
  while (steps[step] === 'any') step++;
  return step === steps.length;
}
