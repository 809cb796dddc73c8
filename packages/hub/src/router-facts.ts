import type { SisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import { type Kwargs, nodeFeatures, nodeUri, uri, type WampSession } from '@sisock/wamp';
import { isSessionId } from './arguments.js';

/** What the router itself knows of sessions and registrations (WAMP 13.4, meta procedures). */
export interface RouterFacts {
  /** True when the session is there, false when not, null when the router does not say. */
  isAlive(session: number): Promise<boolean | null>;
  /** All sessions, null when the router does not say. */
  sessions(): Promise<ReadonlySet<number> | null>;
  /** Who serves data, by node name. */
  servingNodes(): Promise<ReadonlyMap<string, Serving>>;
}

export interface Serving {
  readonly sessions: readonly number[];
  readonly features: readonly string[];
}

/** Registrations asked for at a time. */
const atOnce = 16;

const prefix = uri('consumer.');

export function routerFacts(session: WampSession, log: Logger): RouterFacts {
  const ask = async (procedure: string, ...args: unknown[]): Promise<unknown> => {
    try {
      return await session.call(`wamp.${procedure}`, args, noKwargs, { timeoutMs: 5000 });
    } catch (error) {
      const { code, message } = error as SisockError;
      if (code !== 'not_found') log.warn({ procedure, reason: message }, 'the router does not answer');
      return code === 'not_found' ? absent : undefined;
    }
  };
  return {
    isAlive: async (id) => {
      const answer = await ask('session.get', id);
      return answer === undefined ? null : answer !== absent && answer !== null;
    },
    sessions: async () => {
      const answer = await ask('session.list');
      return Array.isArray(answer) ? new Set(answer.filter(isSessionId)) : null;
    },
    servingNodes: async () => {
      const listed = (await ask('registration.list')) as { exact?: unknown } | undefined;
      const ids = Array.isArray(listed?.exact) ? (listed.exact as readonly unknown[]) : [];
      const procedures = new Map<string, unknown>();
      await forEach(ids, async (id) => {
        const found = (await ask('registration.get', id)) as { uri?: unknown } | undefined;
        if (typeof found?.uri === 'string' && found.uri.startsWith(prefix)) procedures.set(found.uri, id);
      });
      return nodesOf(procedures, async (id) => {
        const callees = await ask('registration.list_callees', id);
        return Array.isArray(callees) ? callees.filter(isSessionId) : [];
      });
    },
  };
}

const absent = Symbol('absent');
const noKwargs: Kwargs = {};

async function nodesOf(
  procedures: ReadonlyMap<string, unknown>,
  calleesOf: (id: unknown) => Promise<readonly number[]>,
): Promise<Map<string, Serving>> {
  const nodes = new Map<string, Serving>();
  const suffix = '.get_data';
  const serving = [...procedures].filter(([name]) => name.endsWith(suffix));
  await forEach(serving, async ([name, id]) => {
    const node = name.slice(prefix.length, -suffix.length);
    const sessions = await calleesOf(id);
    const features = nodeFeatures.filter((feature) => procedures.has(nodeUri(node, feature)));
    if (node !== '' && !node.includes('.') && sessions.length > 0) nodes.set(node, { sessions, features });
  });
  return nodes;
}

async function forEach<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
