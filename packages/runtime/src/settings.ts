import { readFileSync } from 'node:fs';
import { SisockError } from '@sisock/core';
import { z } from 'zod';

/** One setting of a part: how to read it, what it means, and what it is when unset (none: it is required). */
export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  readonly help: string;
  readonly secret: boolean;
  /** Shown in --help; the text of the value that is used when the setting is unset. */
  readonly fallback?: string;
  readonly optional: boolean;
}

export type SettingsSpec = Readonly<Record<string, Setting<unknown>>>;
export type SettingsOf<S extends SettingsSpec> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** The environment, or what stands for it in a test. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface SettingOptions {
  /** Text used when unset. Without it (and without `optional`) the setting is required. */
  readonly fallback?: string;
}

/** A setting read from its text by `schema`; required unless a `fallback` text is given. */
export function setting<T>(schema: z.ZodType<T>, help: string, options: SettingOptions = {}): Setting<T> {
  return { schema, help, secret: false, optional: false, ...options };
}

/** A setting that may stay unset: then it is undefined. */
export function optionalSetting<T>(schema: z.ZodType<T>, help: string): Setting<T | undefined> {
  return { schema: schema.optional(), help, secret: false, optional: true };
}

/** A secret: never shown, never with a default; `<NAME>_FILE` names a file that holds it instead. */
export function secretSetting(help: string): Setting<string | undefined> {
  return { schema: z.string().min(1).optional(), help, secret: true, optional: true };
}

/** Text as a whole number within bounds. */
export function wholeNumber(min: number, max: number): z.ZodType<number> {
  const text = `is not a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^[+-]?\d+$/, text)
    .transform(Number)
    .pipe(z.number(text).min(min, text).max(max, text));
}

/** Text as a number within bounds. */
export function decimalNumber(min: number, max: number): z.ZodType<number> {
  const text = `is not a number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/, text)
    .transform(Number)
    .pipe(z.number(text).min(min, text).max(max, text));
}

/** A TCP port; 0 lets the system choose. */
export const portNumber = wholeNumber(0, 65535);

/** Text without blanks at its ends, at least one character. */
export const words = z.string().trim().min(1, 'is empty');

/** One of a list of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T): z.ZodType<T[number]> {
  return z.enum(values, { error: () => `is none of ${values.join(', ')}` });
}

/** yes/no as people write it in compose files. */
export const flag = z
  .string()
  .toLowerCase()
  .refine((s) => ['1', 'true', 'yes', 'on', '0', 'false', 'no', 'off'].includes(s), 'is neither yes nor no')
  .transform((s) => ['1', 'true', 'yes', 'on'].includes(s));

/**
 * Reads all settings of a part and reports every problem at once.
 * @throws SisockError `bad_setting` with one line a problem, each naming the variable, its value and what is allowed.
 */
export function readSettings<S extends SettingsSpec>(spec: S, env: Environment): SettingsOf<S> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, one] of Object.entries(spec)) {
    const text = textOf(name, one, env, problems);
    if (text === problem) continue;
    if (text === undefined && !one.optional) {
      problems.push(`${name} is not set: ${one.help}`);
      continue;
    }
    const result = one.schema.safeParse(text);
    if (result.success) values[name] = result.data;
    else problems.push([name, ...shown(text, one), result.error.issues[0]?.message ?? 'is wrong'].join(' '));
  }
  if (problems.length > 0) throw new SisockError('bad_setting', problems.join('\n'));
  return values as SettingsOf<S>;
}

const problem = Symbol('problem');

function textOf(name: string, one: Setting<unknown>, env: Environment, problems: string[]) {
  const own = env[name];
  const file = env[`${name}_FILE`];
  if (own !== undefined && own !== '') return own;
  if (one.secret && file !== undefined && file !== '') {
    try {
      const text = readFileSync(file, 'utf8').trim();
      if (text !== '') return text;
      problems.push(`${name}_FILE ${JSON.stringify(file)} is empty`);
      return problem;
    } catch (error) {
      problems.push(
        `${name}_FILE ${JSON.stringify(file)} can't be read: ${(error as { code?: string }).code ?? 'error'}`,
      );
      return problem;
    }
  }
  return one.fallback;
}

function shown(text: string | undefined, one: Setting<unknown>): string[] {
  return one.secret || text === undefined ? [] : [JSON.stringify(text.slice(0, 100))];
}

/** The table of settings for --help and docs: name, default, meaning. */
export function settingsHelp(spec: SettingsSpec): string {
  const rows = Object.entries(spec).map(([name, s]) => {
    const state = s.secret
      ? `or ${name}_FILE`
      : s.fallback !== undefined
        ? `default ${s.fallback}`
        : s.optional
          ? 'optional'
          : 'required';
    return { name, text: `${s.help} (${state})` };
  });
  const width = Math.max(0, ...rows.map((r) => r.name.length));
  return rows.map((r) => `  ${r.name.padEnd(width)}  ${r.text}`).join('\n');
}
