import type { Value } from './values.js';

/** `off`: nothing is followed; `lost`: something should be, and the connection is away. */
export type LiveState = 'on' | 'off' | 'lost';

export interface LiveHandlers {
  readonly onSamples: (id: string, t: readonly number[], v: readonly Value[]) => void;
  readonly onState: (state: LiveState) => void;
  /** Samples were missed (a lost connection, a gap the server told of): what is shown must be asked anew. */
  readonly onMissed: () => void;
  /** The server says that something can't be followed. */
  readonly onTrouble: (message: string) => void;
}

export interface Live {
  /** Stops what arrives, until the next `follow`. */
  pause(): void;
  /** Follows these fields and no others, from `since` (UNIX seconds) on; none: what is shown is not live. */
  follow(ids: readonly string[], since: number): void;
}

interface Message {
  readonly type: 'subscribed' | 'samples' | 'gap' | 'error';
  readonly time?: readonly number[];
  readonly values?: Readonly<Record<string, readonly Value[]>>;
  readonly message?: string;
  readonly notices?: readonly { readonly message: string }[];
}

const firstPauseMs = 500;
const longestPauseMs = 5000;

/** The WebSocket to the server, opened when something is to be followed and opened again when it was lost. */
export function createLive({ onSamples, onState, onMissed, onTrouble }: LiveHandlers): Live {
  let socket: WebSocket | null = null;
  let wanted: readonly string[] = [];
  let from = 0;
  let pauseMs = firstPauseMs;
  let everOpen = false;

  function subscribe(): void {
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ subscribe: wanted, ...(wanted.length > 0 && { since: from }) }));
    onState(wanted.length > 0 ? 'on' : 'off');
  }

  function open(): void {
    const address = new URL('/api/v1/live', window.location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const opened = new WebSocket(address);
    socket = opened;
    opened.addEventListener('open', () => {
      pauseMs = firstPauseMs;
      subscribe();
      if (everOpen) onMissed();
      everOpen = true;
    });
    opened.addEventListener('message', ({ data }) => receive(JSON.parse(String(data)) as Message));
    opened.addEventListener('close', () => {
      socket = null;
      onState(wanted.length > 0 ? 'lost' : 'off');
      setTimeout(open, pauseMs);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    });
  }

  function receive({ type, time = [], values = {}, message, notices = [] }: Message): void {
    if (type === 'samples') for (const [id, v] of Object.entries(values)) onSamples(id, time, v);
    else if (type === 'gap') onMissed();
    else if (type === 'subscribed') for (const notice of notices) onTrouble(notice.message);
    else if (type === 'error' && message !== undefined) onTrouble(message);
  }

  return {
    pause() {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ subscribe: [] }));
    },
    follow(ids, since) {
      wanted = ids;
      from = since;
      if (socket) subscribe();
      else if (ids.length > 0 && !everOpen) open();
      if (ids.length === 0) onState('off');
    },
  };
}
