import type { Logger } from '@sisock/runtime';

/** Tells each thing once: the same text under the same key is no news. */
export interface TellOnce {
  tell(key: string, details: object, text: string): void;
  /** It is news again. */
  forget(key: string): void;
}

/** Most things remembered as told already; after that they may be told again. */
const toldKept = 10_000;

export function tellOnce(log: Logger): TellOnce {
  const told = new Map<string, string>();
  return {
    tell(key, details, text) {
      if (told.get(key) === text) return;
      if (told.size >= toldKept) told.clear();
      told.set(key, text);
      log.warn(details, text);
    },
    forget: (key) => void told.delete(key),
  };
}
