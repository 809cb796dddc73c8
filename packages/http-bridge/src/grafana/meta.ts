import type { Series } from '../plan/series.js';

/** A word that Grafana shows on the panel. */
export interface Notice {
  readonly severity: 'info' | 'warning' | 'error';
  readonly text: string;
}

/** `meta` of one series: how it was made, and what the panel is to say. `to`: end of the range, UNIX seconds. */
export function metaOf({ method, samples, t, finalizedUntil }: Series, to: number, more: readonly Notice[] = []) {
  const points = t.length;
  const reduced = method !== 'raw';
  const notices: Notice[] = reduced
    ? [{ severity: 'info', text: `${samples} samples are shown as ${points} points (${method})` }, ...more]
    : [...more];
  const custom = {
    reduced,
    method,
    samples,
    points,
    /** UNIX seconds; null where no bound is known. */
    finalizedUntil: Number.isFinite(finalizedUntil) ? finalizedUntil : null,
    final: finalizedUntil >= to,
  };
  return { custom, ...(notices.length > 0 && { notices }) };
}
