import { SisockError } from '@sisock/core';
import { failuresOf, isError, reportFailures } from '../http/partial.js';
import type { BridgeRequest } from '../http/routes.js';
import { parseFieldName } from '../plan/field-name.js';
import { askCatalogs, type KnownField, resolveName } from '../plan/resolve.js';

/** Something a client should know beside the data. `field` or `node` tells what it is about. */
export interface Notice {
  readonly field?: string;
  readonly node?: string;
  readonly code: string;
  readonly message: string;
}

export interface Selection {
  readonly fields: readonly KnownField[];
  readonly notices: Notice[];
}

/**
 * The fields that a request of the GET API names. What can't be had is a notice beside the others.
 * @throws SisockError `bad_request` without names, `too_large` for too many, the first field's own error when none is found.
 */
export async function selectFields(request: BridgeRequest, names: readonly string[]): Promise<Selection> {
  const { view, signal, context } = request;
  if (names.length === 0)
    throw new SisockError('bad_request', 'parameter field is missing: field=node::field, repeated');
  const most = context.limits.fields;
  if (names.length > most)
    throw new SisockError('too_large', `${names.length} fields are more than the ${most} allowed`);
  const catalogs = await askCatalogs(view, names, signal);
  reportFailures(request, failuresOf(catalogs));
  const fields: KnownField[] = [];
  const errors: { name: string; error: SisockError }[] = [];
  for (const name of new Set(names)) {
    const resolved = resolveName(view, catalogs, name);
    if ('field' in resolved) fields.push(resolved.field);
    else errors.push(resolved);
  }
  if (fields.length === 0 && errors[0]) throw errors[0].error;
  return { fields, notices: errors.map(({ name, error }) => noticeOf(name, error)) };
}

export function noticeOf(field: string, error: SisockError): Notice {
  const node = parseFieldName(field)?.node;
  return { field, ...(node !== undefined && { node }), code: error.code, message: error.message };
}

/** Notices about whole nodes that failed. */
export function nodeNotices(answers: Iterable<readonly [string, unknown]>): Notice[] {
  const notices: Notice[] = [];
  for (const [node, answer] of answers) {
    if (isError(answer)) notices.push({ node, code: answer.code, message: answer.message });
  }
  return notices;
}
