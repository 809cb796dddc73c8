import { z } from 'zod';
import { parseWith } from '../http/body.js';
import { type FieldFilter, filterList, toFilters } from './filters.js';

/** What `/tag-keys` and `/tag-values` are asked: the values of a key, among what the other filters leave. */
export interface TagRequest {
  readonly key: string | null;
  readonly filters: readonly FieldFilter[];
}

const tagBody = z
  .object({ key: z.string('a key is a text').nullish(), filters: filterList }, 'an object is wanted')
  .nullish();

/**
 * The body of `POST /tag-keys` and `POST /tag-values`: SimpleJson's, simPod's with its options, or none.
 * @throws SisockError `bad_request`
 */
export function parseTagRequest(body: unknown): TagRequest {
  const { key, filters } = parseWith(tagBody, body, 'body') ?? {};
  return { key: key ?? null, filters: toFilters(filters) };
}
