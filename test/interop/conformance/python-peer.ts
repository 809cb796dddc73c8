import { PythonError } from '../peers/python.js';
import type { JsonLine, PythonPeer } from '../peers/python.js';
import { Refusal } from './peer.js';
import type { Joining, Payload, Peer, SeenEvent, SeenInvocation, Welcome } from './peer.js';

let nextKey = 1;

/** Joins with autobahn-python, in a running driver.py. */
export async function joinPython(driver: PythonPeer, joining: Joining): Promise<Peer> {
  const session = `session${nextKey++}`;
  const ask = (command: JsonLine): Promise<unknown> =>
    driver.ask({ session, ...command }).catch((e: unknown) => {
      throw asRefusal(e);
    });
  const welcome = (await ask({ do: 'join', ...joining })) as Welcome;
  const left = driver
    .waitFor(`${session} left`, (line) => line['left'] === session || line['closed'] === session, 600_000)
    .then((line) => (typeof line['reason'] === 'string' ? line['reason'] : 'lost'));
  left.catch(() => undefined);

  /** Collects the lines that carry `tag: key`, from now on. */
  function collect<T>(tag: string, key: string): T[] {
    const found: T[] = [];
    driver.onObject((line) => {
      if (line[tag] !== key) return;
      const { [tag]: _, ...rest } = line;
      found.push(rest as T);
    });
    return found;
  }

  return {
    language: 'python',
    welcome,
    left,
    async subscribe(topic, match) {
      const key = `key${nextKey++}`;
      const seen = collect<SeenEvent>('event', key);
      const { id } = (await ask({ do: 'subscribe', key, topic, match })) as { id: number };
      return { id, seen, unsubscribe: async () => void (await ask({ do: 'unsubscribe', key })) };
    },
    async publish(topic, { args = [], kwargs = {} } = {}, options = {}) {
      const done = (await ask({ do: 'publish', topic, args, kwargs, options })) as { publication: number } | null;
      return done?.publication;
    },
    async register(procedure, behaviour, options = {}) {
      const key = `key${nextKey++}`;
      const invocations = collect<SeenInvocation>('invoked', key);
      const interruptions = collect('interrupted', key);
      const { id } = (await ask({ do: 'register', key, procedure, behaviour, ...options })) as { id: number };
      return {
        id,
        invocations,
        get interrupted() {
          return interruptions.length;
        },
        unregister: async () => void (await ask({ do: 'unregister', key })),
      };
    },
    call(procedure, { args = [], kwargs = {} } = {}, { progress = false, timeoutMs } = {}) {
      const key = `key${nextKey++}`;
      // autobahn-python takes seconds by its documentation and sends the number as it is: it must be milliseconds.
      const result = ask({
        do: 'call',
        key,
        procedure,
        args,
        kwargs,
        progress,
        timeout: timeoutMs,
      }) as Promise<Payload>;
      result.catch(() => undefined);
      return {
        result,
        progress: collect<Payload>('progress', key),
        cancel: async (mode) => void (await ask({ do: 'cancel', key, mode })),
      };
    },
    leave: async () => ((await ask({ do: 'leave' })) as { reason: string }).reason,
    drop: async () => void (await ask({ do: 'drop' })),
  };
}

function asRefusal(e: unknown): unknown {
  if (!(e instanceof PythonError) || typeof e.detail['uri'] !== 'string') return e;
  return new Refusal(
    e.detail['uri'],
    (e.detail['args'] as unknown[] | undefined) ?? [],
    (e.detail['kwargs'] as Record<string, unknown> | undefined) ?? {},
  );
}
