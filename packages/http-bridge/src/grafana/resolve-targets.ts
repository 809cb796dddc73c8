import { SisockError } from '@sisock/core';
import { askCatalogs, type CatalogAnswers, type KnownField, resolveName, type Resolved } from '../plan/resolve.js';
import type { SiteView } from '../site/view.js';
import type { Target } from './request.js';
import { expandTarget } from './target-text.js';

/** One series to answer with: a target means one, or several where it holds a list of values. */
export interface Wanted {
  readonly target: Target;
  readonly refId: string | undefined;
  /** How the answer names it: as the request does, but for escapes and lists. */
  readonly name: string;
  readonly outcome: KnownField | SisockError;
}

interface Most {
  readonly fields: number;
  /** Characters of all names together: a long text with a short list in it means much. */
  readonly characters: number;
}

/**
 * What the targets mean: the literal text where there is such a field, else what it says as a regular expression of a
 * template variable. `soon`: a dashboard that is looked at again asks for what it asked for before, so that lists of fields
 * may be a little older where all names are in them.
 * @throws SisockError `too_large` when they mean more fields, or longer names, than allowed.
 */
export async function resolveTargets(
  view: SiteView,
  targets: readonly Target[],
  most: Most,
  { signal, soon }: { readonly signal: AbortSignal; readonly soon: boolean },
): Promise<Wanted[]> {
  const expanded = targets.map((target) => ({
    target,
    names: expandTarget(target.text, most.fields) ?? tooMany(most.fields),
  }));
  let count = 0;
  let characters = 0;
  for (const { names } of expanded) {
    count += names.length;
    for (const name of names) characters += name.length;
  }
  if (count > most.fields) tooMany(most.fields);
  if (characters > most.characters) {
    throw new SisockError('too_large', `the targets mean names of more than ${most.characters} characters`);
  }
  const texts = expanded.flatMap(({ target, names }) => [target.text, ...names]);
  const resolve = (catalogs: CatalogAnswers) =>
    expanded.flatMap(({ target, names }) => {
      const literal = resolveName(view, catalogs, target.text);
      const found = 'field' in literal ? [literal] : names.map((name) => resolveName(view, catalogs, name));
      return found.map((one) => wanted(target, one));
    });
  if (soon) {
    const found = resolve(await askCatalogs(view, texts, signal, true));
    if (found.every(({ outcome }) => 'info' in outcome)) return found;
  }
  return resolve(await askCatalogs(view, texts, signal));
}

function wanted(target: Target, resolved: Resolved): Wanted {
  const { refId } = target;
  return { target, refId, name: resolved.name, outcome: 'field' in resolved ? resolved.field : resolved.error };
}

function tooMany(most: number): never {
  throw new SisockError('too_large', `the targets mean more than ${most} fields`);
}
