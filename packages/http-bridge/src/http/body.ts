import { SisockError } from '@sisock/core';
import type { z } from 'zod';

/**
 * A request's body or parameters by a schema.
 * @throws SisockError `bad_request` naming the place, what stood there and what is allowed.
 */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, whole: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  const place = path.length > 0 ? path.map(String).join('.').slice(0, 200) : whole;
  throw new SisockError('bad_request', `${place} ${show(at(value, path))} is wrong: ${issue?.message ?? 'invalid'}`);
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) found = (found as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return found;
}

/** A value as a message may show it: short, and never by walking into it. */
export function show(value: unknown): string {
  if (value === undefined) return '(missing)';
  if (Array.isArray(value)) return `(a list of ${value.length})`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return value === null ? 'null' : '(an object)';
  return value.length > 80 ? `${JSON.stringify(value.slice(0, 80))}...` : JSON.stringify(value);
}
