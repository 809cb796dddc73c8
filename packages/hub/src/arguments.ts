import { SisockError } from '@sisock/core';
import { type Kwargs, nodeNameProblem } from '@sisock/wamp';

/** What a data node tells of itself. `features` and `replica` are ours, by keyword. */
export interface Announcement {
  readonly name: string;
  readonly description: string;
  readonly session: number;
  readonly features: readonly string[];
  /** It shares its name with others of its kind, who say the same. */
  readonly replica: boolean;
}

const longestDescription = 2000;
const mostFeatures = 50;

/**
 * Arguments of data_node.add, positional or by keyword. `caller`: the real session of the caller, where it is disclosed.
 * @throws SisockError `bad_request` naming the argument, `not_authorized` when the session is another's
 */
export function parseAdd(args: readonly unknown[], kwargs: Kwargs, caller: number | undefined): Announcement {
  const [name, description, session] = named(args, kwargs, ['name', 'description', 'session_id']);
  return {
    name: checkName(name),
    description: checkDescription(description),
    session: checkSession(session, caller),
    features: checkFeatures(kwargs['features']),
    replica: checkReplica(kwargs['replica']),
  };
}

/** Arguments of data_node.subtract. Throws as {@link parseAdd}. */
export function parseSubtract(args: readonly unknown[], kwargs: Kwargs, caller: number | undefined) {
  const [name, session] = named(args, kwargs, ['name', 'session_id']);
  return { name: checkName(name), session: checkSession(session, caller) };
}

function named(args: readonly unknown[], kwargs: Kwargs, names: readonly string[]): unknown[] {
  if (args.length > names.length) {
    throw new SisockError('bad_request', `${args.length} arguments where ${names.join(', ')} are expected`);
  }
  return names.map((name, i) => (i < args.length ? args[i] : kwargs[name]));
}

function checkName(name: unknown): string {
  const problem = nodeNameProblem(name);
  if (problem === null) return name as string;
  throw new SisockError('bad_request', `name ${show(name)} ${problem}`);
}

function checkDescription(description: unknown): string {
  if (description === null || description === undefined) return '';
  if (typeof description !== 'string') {
    throw new SisockError('bad_request', `description ${show(description)} is not text`);
  }
  if (description.length > longestDescription) {
    throw new SisockError('bad_request', `description is longer than ${longestDescription} characters`);
  }
  return description;
}

/** True for what may be a WAMP session id (WAMP 2.1.2: 1 to 2^53). */
export function isSessionId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function checkSession(session: unknown, caller: number | undefined): number {
  if (!isSessionId(session)) throw new SisockError('bad_request', `session_id ${show(session)} is no WAMP session id`);
  if (caller !== undefined && caller !== session) {
    throw new SisockError('not_authorized', `session_id ${session} is not your own session, which is ${caller}`);
  }
  return session;
}

function checkFeatures(features: unknown): readonly string[] {
  if (features === null || features === undefined) return [];
  const isRight =
    Array.isArray(features) &&
    features.length <= mostFeatures &&
    features.every((f) => typeof f === 'string' && /^\w{1,50}$/.test(f));
  if (!isRight) throw new SisockError('bad_request', `features ${show(features)} is not a list of words`);
  return [...new Set(features as readonly string[])];
}

function checkReplica(replica: unknown): boolean {
  if (replica === null || replica === undefined) return false;
  if (typeof replica === 'boolean') return replica;
  throw new SisockError('bad_request', `replica ${show(replica)} is neither true nor false`);
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'a dictionary';
  return String(value).slice(0, 60);
}
