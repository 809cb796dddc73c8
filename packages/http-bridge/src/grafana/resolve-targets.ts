import { SisockError } from '@sisock/core';
import { askCatalogs, type KnownField, resolveName, type Resolved } from '../plan/resolve.js';
import type { SiteView } from '../site/view.js';
import type { Target } from './request.js';
import { expandTarget } from './target-text.js';

/** One series to answer with: a target means one, or several where it holds a list of values. */
export interface Wanted {
  readonly refId: string | undefined;
  /** How the answer names it: as the request does, but for escapes and lists. */
  readonly name: string;
  readonly outcome: KnownField | SisockError;
}

/**
 * What the targets mean: the literal text where there is such a field, else what it says as a regular expression of a
 * template variable.
 * @throws SisockError `too_large` when they mean more than `most` fields.
 */
export async function resolveTargets(
  view: SiteView,
  targets: readonly Target[],
  most: number,
  signal: AbortSignal,
): Promise<Wanted[]> {
  const expanded = targets.map((target) => ({ target, names: expandTarget(target.text, most) ?? tooMany(most) }));
  if (expanded.reduce((sum, { names }) => sum + names.length, 0) > most) tooMany(most);
  const texts = expanded.flatMap(({ target, names }) => [target.text, ...names]);
  const catalogs = await askCatalogs(view, texts, signal);
  return expanded.flatMap(({ target, names }) => {
    const literal = resolveName(view, catalogs, target.text);
    const found = 'field' in literal ? [literal] : names.map((name) => resolveName(view, catalogs, name));
    return found.map((one) => wanted(target, one));
  });
}

function wanted({ refId }: Target, resolved: Resolved): Wanted {
  return { refId, name: resolved.name, outcome: 'field' in resolved ? resolved.field : resolved.error };
}

function tooMany(most: number): never {
  throw new SisockError('too_large', `the targets mean more than ${most} fields`);
}
