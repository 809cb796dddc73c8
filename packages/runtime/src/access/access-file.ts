import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { type AccessRules, SisockError } from '@sisock/core';
import { z } from 'zod';
import { hashProblem } from './hash-secret.js';

const longestName = 100;
/** A token's name stands before its dot, a user's before the colon of basic auth. */
const tokenNameSchema = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be of letters, digits, _ and -');
const userNameSchema = z
  .string()
  // eslint-disable-next-line no-control-regex
  .regex(/^[^:\u0000-\u001f\u007f]+$/, 'must be text without a colon')
  .max(longestName, `is longer than ${longestName} characters`);

const nodes = z
  .array(
    z.string().min(1, 'is empty').max(200, 'is longer than 200 characters'),
    'is no list of patterns of node names',
  )
  .max(1000, 'has more than 1000 patterns');

const hash = z.string('is no text').superRefine((text, context) => {
  const problem = hashProblem(text);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

const entry = (name: z.ZodType<string>) =>
  z.strictObject({ name, hash, nodes, created: z.string('is no text').optional() });

const accessSchema = z.strictObject({
  anonymous: z.strictObject({ nodes }).nullable().default(null),
  tokens: z.array(entry(tokenNameSchema), 'is no list').default([]).superRefine(onceEach),
  users: z.array(entry(userNameSchema), 'is no list').default([]).superRefine(onceEach),
});

/** The access file: {@link AccessRules}, and when each entry was made (ISO 8601). */
export type AccessFile = z.output<typeof accessSchema>;
export type AccessFileEntry = AccessFile['tokens'][number];

const largestFile = 10_000_000;

/**
 * Reads an access file.
 * @throws SisockError `bad_setting` with one line a problem, each naming the file and the place in it.
 */
export function readAccessFile(path: string): AccessFile {
  return parseAccess(readText(path), path);
}

/** True when there is no such file. */
export function isMissing(error: unknown): boolean {
  return ((error as { cause?: { code?: unknown } }).cause?.code ?? '') === 'ENOENT';
}

function readText(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length <= largestFile) return text;
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'error';
    throw new SisockError('bad_setting', `SISOCK_ACCESS_FILE ${JSON.stringify(path)} can't be read: ${code}`, {
      cause: error,
    });
  }
  throw new SisockError('bad_setting', `SISOCK_ACCESS_FILE ${JSON.stringify(path)} has more than ${largestFile} bytes`);
}

/** The rules in the text of a file; `path` is for messages. Throws as {@link readAccessFile}. */
export function parseAccess(text: string, path: string): AccessFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SisockError('bad_setting', `${path} is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  const result = accessSchema.safeParse(json);
  if (result.success) return result.data satisfies AccessRules;
  const problems = result.error.issues.map((issue) =>
    [`${path}:`, issue.path.map(String).join('.') || 'the whole', issue.message].join(' '),
  );
  throw new SisockError('bad_setting', problems.join('\n'));
}

/**
 * Writes an access file whole or not at all, readable for its owner only.
 * @throws SisockError `bad_setting` when it can't be written
 */
export function writeAccessFile(path: string, access: AccessFile): void {
  const text = `${JSON.stringify(access, null, 2)}\n`;
  parseAccess(text, path);
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
    chmodSync(fresh, 0o600);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    const code = (error as { code?: string }).code ?? 'error';
    throw new SisockError('bad_setting', `SISOCK_ACCESS_FILE ${JSON.stringify(path)} can't be written: ${code}`, {
      cause: error,
    });
  }
}

function onceEach(entries: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [i, { name }] of entries.entries()) {
    if (seen.has(name)) {
      context.addIssue({ code: 'custom', path: [i, 'name'], message: `${JSON.stringify(name)} is there twice` });
    }
    seen.add(name);
  }
}
