import type { Value } from './values.js';

export type LiveState = 'on' | 'off' | 'lost';

export interface LiveHandlers {
  readonly onSamples: (id: string, t: readonly number[], v: readonly Value[]) => void;
  readonly onState: (state: LiveState) => void;
  readonly onRejoined: () => void;
}

export interface Live {
  follow(ids: readonly string[]): void;
}

export function createLive(_handlers: LiveHandlers): Live {
  return { follow: () => undefined };
}
