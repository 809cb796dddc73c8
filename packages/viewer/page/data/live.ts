import type { Value } from '../base/values.js';

/** `off`: nothing is to be followed; `opening`: about to; `on`: samples come as they are made; `lost`: they should. */
export type LiveState = 'off' | 'opening' | 'on' | 'lost';

/** A field that is followed, by the timeline (`node::timeline`) it comes with. */
export interface Followed {
  readonly id: string;
  readonly timeline: string;
}

export interface LiveHandlers {
  /** From now on samples of these fields come. Told again after each change, for all of them. */
  readonly onFollowing: (fields: readonly Followed[]) => void;
  readonly onSamples: (id: string, t: readonly number[], v: readonly Value[]) => void;
  /** Samples of these fields may have been missed: what is shown of them must be asked anew. */
  readonly onMissed: (ids: readonly string[]) => void;
  readonly onState: (state: LiveState) => void;
}

export interface Live {
  /** Follows these fields and no others; for none there is no connection. */
  follow(ids: readonly string[]): void;
  state(): LiveState;
}

interface Message {
  readonly type: 'subscribed' | 'samples' | 'gap' | 'error';
  readonly fields?: readonly { readonly field: string; readonly node: string; readonly timeline: string }[];
  readonly timeline?: string;
  readonly time?: readonly number[];
  readonly values?: Readonly<Record<string, readonly Value[]>>;
  readonly cursor?: string;
}

/** `WebSocket.OPEN` */
const isOpen = 1;
/** What is followed begins so many seconds before: nothing is lost between what is loaded and what comes. */
const overlapSeconds = 15;

interface LiveOptions {
  readonly handlers: LiveHandlers;
  readonly open: () => WebSocket;
  /** The server's present, UNIX seconds. */
  readonly now: () => number;
  /** Ms before the next try; doubled with each, up to the longest. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  /** After so many ms without a connection its fields are to be asked for in other ways. */
  readonly giveUpMs?: number;
}

/**
 * The WebSocket that live samples come by. After a loss it goes on by the cursors of the timelines: no hole, no double;
 * after a long one, or where the server tells of a hole, what is shown is asked anew.
 */
export function createLive({
  handlers,
  open,
  now,
  firstPauseMs = 500,
  longestPauseMs = 5000,
  giveUpMs = 5000,
}: LiveOptions): Live {
  let socket: WebSocket | null = null;
  let wanted: readonly string[] = [];
  let followed: readonly Followed[] = [];
  let cursors = new Map<string, string>();
  let state: LiveState = 'off';
  let pauseMs = firstPauseMs;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let giveUp: ReturnType<typeof setTimeout> | undefined;

  function become(next: LiveState): void {
    if (next === state) return;
    state = next;
    handlers.onState(state);
  }

  /** Without `since` a node would begin with whatever comes once it is reached. */
  function subscription(more: object = {}): string {
    return JSON.stringify({ subscribe: wanted, since: now() - overlapSeconds, ...more });
  }

  function connect(): void {
    clearTimeout(retry);
    const opened = open();
    socket = opened;
    opened.addEventListener('open', () => {
      if (socket !== opened) return opened.close();
      opened.send(subscription({ cursors: Object.fromEntries(cursors) }));
    });
    opened.addEventListener('message', ({ data }) => {
      if (socket === opened) receive(JSON.parse(String(data)) as Message);
    });
    opened.addEventListener('close', () => {
      if (socket !== opened) return;
      socket = null;
      become('lost');
      giveUp ??= setTimeout(forget, giveUpMs);
      retry = setTimeout(connect, pauseMs);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    });
  }

  /** Nothing is wanted any more. */
  function leave(): void {
    clearTimeout(retry);
    clearTimeout(giveUp);
    giveUp = undefined;
    cursors = new Map();
    followed = [];
    const old = socket;
    socket = null;
    old?.close();
    become('off');
    handlers.onFollowing([]);
  }

  /** Too long away to go on where it was. */
  function forget(): void {
    giveUp = undefined;
    cursors = new Map();
    const ids = followed.map(({ id }) => id);
    followed = [];
    if (ids.length > 0) handlers.onMissed(ids);
  }

  function receive({ type, fields = [], timeline, time = [], values = {}, cursor }: Message): void {
    switch (type) {
      case 'subscribed':
        clearTimeout(giveUp);
        giveUp = undefined;
        pauseMs = firstPauseMs;
        followed = fields.map((one) => ({ id: one.field, timeline: `${one.node}::${one.timeline}` }));
        cursors = new Map([...cursors].filter(([key]) => followed.some((one) => one.timeline === key)));
        become('on');
        handlers.onFollowing(followed);
        break;
      case 'samples':
        for (const [id, v] of Object.entries(values)) handlers.onSamples(id, time, v);
        if (timeline !== undefined && cursor !== undefined) cursors.set(timeline, cursor);
        break;
      case 'gap':
      case 'error': {
        const ids = followed.filter((one) => one.timeline === timeline).map(({ id }) => id);
        if (timeline !== undefined) cursors.delete(timeline);
        if (ids.length > 0) handlers.onMissed(ids);
        break;
      }
    }
  }

  return {
    state: () => state,
    follow(ids) {
      if (ids.length === wanted.length && ids.every((id, i) => id === wanted[i])) return;
      wanted = ids;
      if (ids.length === 0) return leave();
      if (socket?.readyState === isOpen) socket.send(subscription());
      else if (!socket) {
        become('opening');
        connect();
      }
    },
  };
}
