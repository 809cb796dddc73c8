import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** A live client that goes on by its cursors whenever the bridge was away, as docs/http-api.md tells. */
export interface LiveFollower {
  /** Every sample of the field in the order it came: its time and value. */
  readonly samples: readonly (readonly [t: number, value: unknown])[];
  readonly gaps: readonly unknown[];
  readonly errors: readonly unknown[];
  stop(): void;
}

interface Message {
  readonly type: string;
  readonly timeline: string;
  readonly time: number[];
  readonly values: Record<string, unknown[]>;
  readonly cursor?: string;
}

export function followLive(url: string, field: string): LiveFollower {
  const samples: (readonly [number, unknown])[] = [];
  const gaps: unknown[] = [];
  const errors: unknown[] = [];
  const cursors: Record<string, string> = {};
  /** Samples since the last cursor: they come again after a loss. */
  let pending: (readonly [number, unknown])[] = [];
  let socket: WebSocket | undefined;
  let stopped = false;

  const take = (message: Message) => {
    if (message.type === 'gap') gaps.push(message);
    else if (message.type === 'error') errors.push(message);
    else if (message.type === 'samples') {
      pending.push(...message.time.map((t, i) => [t, message.values[field]![i]] as const));
      if (message.cursor === undefined) return;
      cursors[message.timeline] = message.cursor;
      samples.push(...pending);
      pending = [];
    }
  };
  const session = () =>
    new Promise<void>((resolve) => {
      socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/live`);
      pending = [];
      socket.on('open', () => socket!.send(JSON.stringify({ subscribe: [field], cursors })));
      socket.on('message', (data: Buffer) => take(JSON.parse(data.toString()) as Message));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
    });
  void (async () => {
    while (!stopped) {
      await session();
      await sleep(100);
    }
  })();
  return {
    samples,
    gaps,
    errors,
    stop: () => {
      stopped = true;
      socket?.terminate();
    },
  };
}
