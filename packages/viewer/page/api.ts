import type { Reading } from './field-list.js';
import type { Samples } from './samples.js';

/** A field as the page knows it; `id` is `node::name`. */
export interface Field {
  readonly id: string;
  readonly node: string;
  readonly name: string;
  readonly type: 'number' | 'string' | 'bool';
  readonly units: string | null;
  readonly description: string | null;
  /** Times of its first and last known sample, UNIX seconds; null where that is unknown. */
  readonly extent: { readonly from: number; readonly to: number } | null;
}

export interface NodeState {
  readonly name: string;
  readonly description: string;
  readonly reachable: boolean;
  readonly error?: string;
  /** Time of its newest sample. */
  readonly newest: number | null;
  readonly agents: readonly { readonly address: string; readonly alive: boolean; readonly lastSeen: number }[];
}

export interface SiteState {
  /** The server has a session with the router. */
  readonly connected: boolean;
  /** The server's present. */
  readonly time: number | null;
  readonly nodes: readonly NodeState[];
}

export interface SeriesAnswer {
  readonly series: ReadonlyMap<string, Samples>;
  /** What is missing or was cut, in words. */
  readonly notices: readonly string[];
}

export async function getFields(): Promise<readonly Field[]> {
  throw new Error('not wired');
}
export async function getLatest(): Promise<ReadonlyMap<string, Reading>> {
  throw new Error('not wired');
}
export async function getStatus(): Promise<SiteState> {
  throw new Error('not wired');
}
export async function getSeries(
  _ids: readonly string[],
  _from: number,
  _to: number,
  _points: number,
  _signal: AbortSignal,
): Promise<SeriesAnswer> {
  throw new Error('not wired');
}
