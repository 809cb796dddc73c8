import { SisockError } from '@sisock/core';
import { show } from '../http/body.js';

/** What simPod's payload of a target may ask. */
export interface Payload {
  readonly format: 'series' | 'frame' | 'table' | undefined;
  readonly strict: boolean;
  readonly nodes: readonly string[];
  readonly fields: readonly string[];
}

/** Options of a target in simPod's query builder, by name. */
export const payloadOptions = {
  format: [
    { label: 'series', value: 'series' },
    { label: 'frame (NaN and infinities told)', value: 'frame' },
    { label: 'table', value: 'table' },
  ],
  strict: [
    { label: 'no', value: 'false' },
    { label: 'yes: never more points than the panel asks', value: 'true' },
  ],
} as const;

/** Most fields or nodes one payload may name. */
const mostNames = 10_000;

/**
 * A target's payload. It is any JSON that its author typed, so keys that mean nothing here are ignored; ours are checked.
 * @throws SisockError `bad_request` naming the key and what is allowed, `too_large` for too many names.
 */
export function parsePayload(payload: unknown): Payload {
  const given: Record<string, unknown> =
    typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? { ...payload } : {};
  const type = given['type'] === 'table' ? 'table' : undefined;
  return {
    format: oneOf(given['format'], 'format', ['series', 'frame', 'table']) ?? type,
    strict: flag(given['strict']),
    nodes: names(given['node'], 'node'),
    fields: [...names(given['field'], 'field'), ...names(given['fields'], 'fields')],
  };
}

function oneOf<const T extends string>(value: unknown, key: string, words: readonly T[]): T | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const word = words.find((one) => one === value);
  if (word !== undefined) return word;
  throw new SisockError('bad_request', `payload.${key} ${show(value)} is none of ${words.join(', ')}`);
}

/** The query builder makes every value a text. */
function flag(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  return oneOf(value, 'strict', ['true', 'false']) === 'true';
}

function names(value: unknown, key: string): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  if (list.length > mostNames) {
    throw new SisockError('too_large', `payload.${key} names more than ${mostNames} things`);
  }
  const wrong = list.find((one) => typeof one !== 'string');
  if (wrong !== undefined) throw new SisockError('bad_request', `payload.${key} ${show(wrong)} is no text`);
  return (list as string[]).filter((one) => one !== '');
}
