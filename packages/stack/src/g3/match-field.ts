import { SisockError } from '@sisock/core';

const shown = 20;

/**
 * The one field that is meant: the one of exactly this name, else the one whose tokens, split at the dots, hold those of
 * `wanted` in their order (`fake.temps.ch1` is `observatory.fake.feeds.temps.ch1`); one whose last token is the last of
 * `wanted` goes before one where it stands elsewhere.
 * @throws SisockError `unknown_field` where there is none, or more than one
 */
export function matchField(wanted: string, fields: Iterable<string>): string {
  const all = [...fields];
  if (all.includes(wanted)) return wanted;
  const tokens = wanted.split('.');
  const holding = all.filter((field) => isSubsequence(tokens, field.split('.')));
  const ending = holding.filter((field) => field.split('.').at(-1) === tokens.at(-1));
  const found = ending.length > 0 ? ending : holding;
  if (found.length === 1) return found[0]!;
  const name = JSON.stringify(wanted);
  if (found.length > 1) {
    throw new SisockError('unknown_field', `${name} may be any of ${list(found)}: give more of the name`);
  }
  const there = all.length === 0 ? 'there are no fields at all' : `there are ${list(all)}`;
  throw new SisockError('unknown_field', `there is no field ${name}; ${there}`);
}

function isSubsequence(tokens: readonly string[], of: readonly string[]): boolean {
  let next = 0;
  for (const token of of) if (token === tokens[next]) next++;
  return next === tokens.length;
}

function list(fields: readonly string[]): string {
  const names = fields
    .slice(0, shown)
    .map((field) => JSON.stringify(field))
    .join(', ');
  return fields.length > shown ? `${names} and ${fields.length - shown} more` : names;
}
