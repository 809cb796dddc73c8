import type { ArchiveSettings } from '@sisock/archive';
import type { FillDepth } from './filling.js';
import type { FillReport } from './tile-filler.js';

/** What the thread that fills is begun with. */
export interface FillerSetup extends FillDepth {
  readonly archive: ArchiveSettings;
  readonly dataDirectory: string;
}

/** `fill`: go through everything once; it is answered by `filled` or `failed`. `end`: close the database, and end. */
export type ToFiller =
  { readonly kind: 'fill' } | { readonly kind: 'pause'; readonly paused: boolean } | { readonly kind: 'end' };

export type FromFiller =
  | { readonly kind: 'progress'; readonly done: number; readonly of: number }
  | { readonly kind: 'filled'; readonly report: FillReport }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
