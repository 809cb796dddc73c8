import { ChangeList, type DataChange } from '@sisock/core';
import type { Joiner } from './joiner.js';
import type { Source } from './source.js';

/** Changes that the sources tell, each for the joined timelines that take from what changed. Begins with the call. */
export function joinedChanges(joiner: Joiner, signal: AbortSignal): AsyncIterable<DataChange> {
  const told = new ChangeList();
  const listening = new Map<Source, object>();

  const listen = async (source: Source, reader: Source['reader']) => {
    try {
      for await (const change of reader.changes?.(signal) ?? []) {
        for (const timeline of timelinesOf(joiner, source, change.timeline)) told.publish({ ...change, timeline });
      }
    } catch {
      // A source that fails shows in its state; it is listened to again when it comes back.
    }
    if (listening.get(source) === reader) listening.delete(source);
  };

  const look = () => {
    for (const source of joiner.all()) {
      try {
        const { reader } = source;
        if (reader.changes === undefined || listening.get(source) === reader) continue;
        listening.set(source, reader);
        void listen(source, reader);
      } catch {
        // Not there now: its coming is told.
      }
    }
  };

  const queue = told.subscribe(signal);
  if (!signal.aborted) {
    const stop = joiner.sources.onChange(look);
    signal.addEventListener('abort', stop, { once: true });
    look();
  }
  return queue;
}

function timelinesOf(joiner: Joiner, source: Source, inner: string): string[] {
  const names: string[] = [];
  for (const { name, archives, feed } of joiner.mapNow().timelines.values()) {
    const parts = feed === null ? archives : [...archives, feed];
    if (parts.some((part) => part.source === source && part.timeline === inner)) names.push(name);
  }
  return names.length > 0 ? names : [inner];
}
