import { SisockError } from '@sisock/core';
import { z } from 'zod';
import { parseWith } from '../http/body.js';

/** What a live client asks: these fields, and nothing else of what it asked before. */
export interface Subscribe {
  readonly names: readonly string[];
  /** UNIX seconds to start from; undefined: with the next sample. */
  readonly since: number | undefined;
  /** Where to go on, by `node::timeline`, as the last message of that timeline told it. */
  readonly cursors: ReadonlyMap<string, string>;
}

const schema = z.object(
  {
    subscribe: z.array(z.string('a field is a text, node::field'), 'a list of fields is wanted'),
    since: z.number('since is UNIX seconds').nullish(),
    cursors: z.record(z.string(), z.string('a cursor is a text'), 'cursors is an object').nullish(),
  },
  'an object with a list "subscribe" is wanted',
);

/** @throws SisockError `bad_request` naming what is wrong. */
export function parseSubscribe(data: string): Subscribe {
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch (error) {
    throw new SisockError('bad_request', `the message is not JSON: ${(error as { message: string }).message}`);
  }
  const { subscribe, since, cursors } = parseWith(schema, body, 'message');
  return { names: subscribe, since: since ?? undefined, cursors: new Map(Object.entries(cursors ?? {})) };
}
