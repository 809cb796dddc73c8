import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Clock, SisockError } from '@sisock/core';
import {
  type AccessFile,
  type AccessFileEntry,
  hashSecret,
  isMissing,
  readAccessFile,
  readSettings,
  secretSetting,
  setting,
  words,
  writeAccessFile,
} from '@sisock/runtime';
import type { Command } from './command.js';

const settings = {
  SISOCK_ACCESS_FILE: setting(words, 'the access file of the bridge, as JSON (docs/access.md)'),
};

const userSettings = {
  ...settings,
  ACCESS_PASSWORD: secretSetting('password of the user; unset: one is made and shown once'),
};

/** `sisock access add-token` */
const addToken: Command = {
  words: ['access', 'add-token'],
  usage: 'NAME [--nodes PATTERN,...]',
  summary: 'lets the holder of a new bearer token in; the token is shown once',
  settings,
  prepare: (env, args) => {
    const { SISOCK_ACCESS_FILE: path } = readSettings(settings, env);
    const { name, nodes } = nameAndNodes(args);
    return {
      run: async ({ clock, print }) => {
        const token = `${name}.${randomBytes(32).toString('base64url')}`;
        add(path, 'tokens', await entryOf(name, token, nodes, clock));
        print(`${token}\n`);
        return 0;
      },
    };
  },
};

/** `sisock access add-user` */
const addUser: Command = {
  words: ['access', 'add-user'],
  usage: 'NAME [--nodes PATTERN,...]',
  summary: 'lets a user in by name and password (basic auth)',
  settings: userSettings,
  prepare: (env, args) => {
    const { SISOCK_ACCESS_FILE: path, ACCESS_PASSWORD: given } = readSettings(userSettings, env);
    const { name, nodes } = nameAndNodes(args);
    return {
      run: async ({ clock, print }) => {
        const password = given ?? randomBytes(18).toString('base64url');
        add(path, 'users', await entryOf(name, password, nodes, clock));
        print(given === undefined ? `${password}\n` : `user ${name} is in ${path}\n`);
        return 0;
      },
    };
  },
};

/** `sisock access remove` */
const remove: Command = {
  words: ['access', 'remove'],
  usage: 'NAME',
  summary: 'takes the token and the user of a name out',
  settings,
  prepare: (env, args) => {
    const { SISOCK_ACCESS_FILE: path } = readSettings(settings, env);
    const [name] = positionals(args, 1);
    return {
      run: async ({ print }) => {
        const access = readAccessFile(path);
        const without = (entries: readonly AccessFileEntry[]) => entries.filter((entry) => entry.name !== name);
        const left = { ...access, tokens: without(access.tokens), users: without(access.users) };
        const count = access.tokens.length + access.users.length - left.tokens.length - left.users.length;
        if (count === 0) throw new SisockError('bad_setting', `${path} has no ${JSON.stringify(name)}`);
        writeAccessFile(path, left);
        print(`${name} is out of ${path}\n`);
        return 0;
      },
    };
  },
};

/** `sisock access list` */
const list: Command = {
  words: ['access', 'list'],
  summary: 'lists who may see what; no secrets',
  settings,
  prepare: (env) => {
    const { SISOCK_ACCESS_FILE: path } = readSettings(settings, env);
    return {
      run: async ({ print }) => {
        const { anonymous, tokens, users } = readAccessFile(path);
        const rows = [
          ...(anonymous ? [['anonymous', '', anonymous.nodes.join(','), '']] : []),
          ...tokens.map((entry) => rowOf('token', entry)),
          ...users.map((entry) => rowOf('user', entry)),
        ];
        for (const row of rows) print(`${row.join('\t').trimEnd()}\n`);
        return 0;
      },
    };
  },
};

export const accessCommands: readonly Command[] = [addToken, addUser, remove, list];

function rowOf(kind: string, { name, nodes, created }: AccessFileEntry): string[] {
  return [kind, name, nodes.join(','), created ?? ''];
}

async function entryOf(name: string, secret: string, nodes: string[], clock: Clock): Promise<AccessFileEntry> {
  return { name, hash: await hashSecret(secret), nodes, created: new Date(clock() * 1000).toISOString() };
}

function add(path: string, kind: 'tokens' | 'users', entry: AccessFileEntry): void {
  const access = readOrNew(path);
  if (access[kind].some(({ name }) => name === entry.name)) {
    throw new SisockError('bad_setting', `${path} has ${entry.name} among its ${kind} already: remove it first`);
  }
  writeAccessFile(path, { ...access, [kind]: [...access[kind], entry] });
}

function readOrNew(path: string): AccessFile {
  try {
    return readAccessFile(path);
  } catch (error) {
    if (isMissing(error)) return { anonymous: null, tokens: [], users: [] };
    throw error;
  }
}

function nameAndNodes(args: readonly string[]): { readonly name: string; readonly nodes: string[] } {
  const [name, nodes = '*'] = positionals(args, 1, ['nodes']);
  return { name: name!, nodes: nodes.split(',').filter(Boolean) };
}

/** So many words, then the values of the options. @throws SisockError `bad_request` for others */
function positionals(args: readonly string[], count: number, options: readonly string[] = []): (string | undefined)[] {
  try {
    const parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(options.map((option) => [option, { type: 'string' as const }])),
    });
    if (parsed.positionals.length === count) {
      return [...parsed.positionals, ...options.map((option) => parsed.values[option])];
    }
  } catch (error) {
    throw new SisockError('bad_request', (error as Error).message.split('\n')[0]!);
  }
  throw new SisockError('bad_request', `${count} NAME is expected, not ${args.length === 0 ? 'none' : args.join(' ')}`);
}
