import { SisockError } from '@sisock/core';

/** A target as it was written. */
export type Expression =
  | { readonly kind: 'path'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  /** `text` as well: where a series is wanted, a number is the name of one. */
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly text: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] };

export interface ParseLimits {
  /** Longest target, in characters. */
  readonly length: number;
  /** Functions inside each other. */
  readonly depth: number;
}

const space = /\s/;
/** What ends a word outside of braces. */
const wordEnd = /[\s(),'"=\\]/;
const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads one target of `/render`: a path with patterns, or a function of such, to any depth within the limits.
 * @throws SisockError `bad_request` telling what is wrong at which character, `too_large` above a limit.
 */
export function parseTarget(text: string, limits: ParseLimits): Expression {
  if (text.length > limits.length) {
    throw new SisockError(
      'too_large',
      `a target of ${text.length} characters is longer than the ${limits.length} allowed`,
    );
  }
  let at = 0;

  const wrong = (what: string, where = at) =>
    new SisockError('bad_request', `target ${shown(text, where)}: ${what} at character ${where + 1}`);
  const skipSpace = () => {
    while (at < text.length && space.test(text[at]!)) at++;
  };
  const here = () => (at < text.length ? `unexpected ${JSON.stringify(text[at])}` : 'unexpected end');

  const readExpression = (depth: number): Expression => {
    skipSpace();
    const c = text[at];
    if (c === '"' || c === "'") return { kind: 'string', value: readString(c) };
    const from = at;
    const word = readWord();
    if (word === '') throw wrong(here());
    skipSpace();
    if (text[at] === '=') throw wrong('arguments are not named here, but given in their order: unexpected "="');
    if (text[at] !== '(') return wordExpression(word);
    if (!/^[A-Za-z_]\w*$/.test(word)) throw wrong(`${JSON.stringify(word)} is no name of a function`, from);
    if (depth >= limits.depth) {
      throw new SisockError('too_large', `a target has functions inside each other more than ${limits.depth} deep`);
    }
    at++;
    return { kind: 'call', name: word, args: readArguments(depth + 1) };
  };

  const readArguments = (depth: number): Expression[] => {
    const args: Expression[] = [];
    skipSpace();
    if (text[at] === ')') {
      at++;
      return args;
    }
    for (;;) {
      args.push(readExpression(depth));
      skipSpace();
      if (text[at] === ')') {
        at++;
        return args;
      }
      if (text[at] !== ',') throw wrong(here());
      at++;
    }
  };

  /** To the closing quote. A backslash stands for itself, but before a quote or another one. */
  const readString = (closing: string): string => {
    const from = at++;
    let value = '';
    for (; at < text.length; at++) {
      const c = text[at]!;
      if (c === closing) {
        at++;
        return value;
      }
      const next = text[at + 1];
      if (c === '\\' && (next === '\\' || next === '"' || next === "'")) at++;
      value += text[at];
    }
    throw wrong('a quote that is never closed', from);
  };

  const readWord = (): string => {
    const from = at;
    let braces = 0;
    for (; at < text.length; at++) {
      const c = text[at]!;
      if (c === '{') braces++;
      else if (c === '}') braces--;
      else if (wordEnd.test(c) && !(c === ',' && braces > 0)) break;
      if (braces < 0) throw wrong('a closing brace without its opening one');
    }
    if (braces > 0) throw wrong('a brace that is never closed', from);
    return text.slice(from, at);
  };

  const expression = readExpression(0);
  skipSpace();
  if (at < text.length) throw wrong(here());
  return expression;
}

function wordExpression(text: string): Expression {
  if (number.test(text) && Number.isFinite(Number(text))) return { kind: 'number', value: Number(text), text };
  if (/^(true|false)$/i.test(text)) return { kind: 'boolean', value: text.toLowerCase() === 'true', text };
  return { kind: 'path', text };
}

/** The target around a place, short enough for a message. */
function shown(text: string, at: number): string {
  const from = Math.max(0, Math.min(at - 40, text.length - 80));
  const part = text.slice(from, from + 80);
  return JSON.stringify(`${from > 0 ? '...' : ''}${part}${from + 80 < text.length ? '...' : ''}`);
}

/** An expression as text that reads back to the same. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'path':
    case 'number':
    case 'boolean':
      return expression.text;
    case 'string':
      return `"${expression.value.replace(/[\\"]/g, '\\$&')}"`;
    case 'call':
      return `${expression.name}(${expression.args.map(printExpression).join(',')})`;
  }
}
