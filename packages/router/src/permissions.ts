import { type Match, matches } from './messages.js';
import { PatternIndex } from './pattern-index.js';

export const actions = ['call', 'register', 'publish', 'subscribe'] as const;
export type Action = (typeof actions)[number];

/** What a role may do under one URI, in the form of Crossbar's configuration. */
export interface Permission {
  readonly uri: string;
  readonly match: Match;
  readonly allow: Readonly<Partial<Record<Action, boolean>>>;
  /** Tells callees and subscribers who called and published, asked for or not. */
  readonly disclose?: { readonly caller?: boolean; readonly publisher?: boolean };
}

export interface Role {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

/** Values of the table's placeholders: `{address_root}` stands for each root, `{base_uri}` for one URI. */
export interface Placeholders {
  readonly addressRoots: readonly string[];
  readonly baseUri: string;
}

/** What each role may do. Immutable. */
export interface RoleTable {
  readonly roles: readonly Role[];
  readonly has: (role: string) => boolean;
  /** The permission that allows it, or undefined. A pattern is allowed where all that it could match is. */
  readonly allows: (role: string, action: Action, uri: string, match: Match) => Permission | undefined;
}

/**
 * Reads a role table (the parsed `crossbar/roles.json`) with its placeholders filled in. Throws a TypeError that names
 * the entry which is wrong.
 */
export function permissionsFrom(table: unknown, placeholders: Placeholders): RoleTable {
  const roles = parseRoles(table, placeholders);
  const indexes = new Map(roles.map((role) => [role.name, indexOf(role)]));
  return {
    roles,
    has: (role) => indexes.has(role),
    allows: (role, action, uri, match) => {
      const index = indexes.get(role);
      if (index === undefined) return undefined;
      const permission = match === 'exact' ? index.best(uri) : coverOf(index, uri, match);
      return permission?.allow[action] === true ? permission : undefined;
    },
  };
}

function indexOf(role: Role): PatternIndex<Permission> {
  const index = new PatternIndex<Permission>();
  for (const permission of role.permissions) index.add(permission.uri, permission.match, permission);
  return index;
}

/** A pattern is covered by a permission for itself, or by a prefix that it begins with (so does all that it matches). */
function coverOf(index: PatternIndex<Permission>, pattern: string, match: Match): Permission | undefined {
  const same = index.get(pattern, match);
  if (same !== undefined) return same;
  let cover: Permission | undefined;
  for (const permission of index.values('prefix')) {
    if (pattern.startsWith(permission.uri) && permission.uri.length >= (cover?.uri.length ?? 0)) cover = permission;
  }
  return cover;
}

function parseRoles(table: unknown, placeholders: Placeholders): Role[] {
  const roles = record(table, 'the role table')['roles'];
  if (!Array.isArray(roles)) throw new TypeError('the role table has no list "roles"');
  return roles.map((entry: unknown, at) => {
    const role = record(entry, `roles[${at}]`);
    const { name, permissions } = role;
    if (typeof name !== 'string' || name === '') throw new TypeError(`roles[${at}] has no name`);
    if (!Array.isArray(permissions)) throw new TypeError(`role ${name} has no list "permissions"`);
    return { name, permissions: permissions.flatMap((p: unknown) => fill(parsePermission(p, name), placeholders)) };
  });
}

function parsePermission(entry: unknown, role: string): Permission {
  const permission = record(entry, `a permission of role ${role}`);
  const { uri, match = 'exact', allow, disclose } = permission;
  if (typeof uri !== 'string') throw new TypeError(`a permission of role ${role} has no uri`);
  if (!matches.includes(match as Match)) {
    throw new TypeError(`match of ${uri} (role ${role}) is ${JSON.stringify(match)}, not one of ${matches.join(', ')}`);
  }
  const allowed = record(allow, `allow of ${uri} (role ${role})`);
  for (const [action, value] of Object.entries(allowed)) {
    if (!actions.includes(action as Action) || typeof value !== 'boolean') {
      throw new TypeError(`allow.${action} of ${uri} (role ${role}): allowed are ${actions.join(', ')}, true or false`);
    }
  }
  return {
    uri,
    match: match as Match,
    allow: allowed,
    ...(disclose !== undefined && { disclose: record(disclose, `disclose of ${uri}`) }),
  };
}

function fill(permission: Permission, { addressRoots, baseUri }: Placeholders): Permission[] {
  const uri = permission.uri.replaceAll('{base_uri}', baseUri);
  if (!uri.includes('{address_root}')) return [{ ...permission, uri }];
  return addressRoots.map((root) => ({ ...permission, uri: uri.replaceAll('{address_root}', root) }));
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new TypeError(`${what} is no object`);
}
