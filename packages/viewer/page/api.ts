import type { Reading } from './field-list.js';
import type { Samples } from './samples.js';
import type { Value } from './values.js';

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

/** What the server said went wrong, in its words. */
export class ApiError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface FieldJson {
  readonly field: string;
  readonly node: string;
  readonly name: string;
  readonly type: Field['type'];
  readonly units: string | null;
  readonly description: string | null;
  readonly extent?: { readonly start: number; readonly end: number } | null;
}

interface NoticeJson {
  readonly field?: string;
  readonly node?: string;
  readonly message: string;
}

interface SeriesJson {
  readonly series: readonly { readonly field: string; readonly time: number[]; readonly value: Value[] }[];
  readonly notices: readonly NoticeJson[];
}

const waitMs = 20_000;

async function get<T>(path: string, parameters?: URLSearchParams, signal?: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(waitMs);
  const response = await fetch(`/api/v1/${path}${parameters ? `?${parameters}` : ''}`, {
    headers: { Accept: 'application/json' },
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  });
  const body = (await response.json()) as unknown;
  if (response.ok) return body as T;
  const { error } = body as { error?: { code?: string; message?: string } };
  throw new ApiError(error?.code ?? 'internal', error?.message ?? `the server answered with status ${response.status}`);
}

/** Every field of every node that answers. */
export async function getFields(): Promise<readonly Field[]> {
  const { fields } = await get<{ fields: readonly FieldJson[] }>('fields');
  return fields.map(({ field, node, name, type, units, description, extent }) => ({
    id: field,
    node,
    name,
    type,
    units,
    description,
    extent: extent ? { from: extent.start, to: extent.end } : null,
  }));
}

/** Names are asked in portions: a server takes an address of a few kilobytes only. */
const mostAddressBytes = 6000;

/** The newest sample of each of the fields, where there is one. */
export async function getLatest(ids: readonly string[]): Promise<ReadonlyMap<string, Reading>> {
  const answers = await Promise.all(portions(ids).map(latestOf));
  return new Map(answers.flat());
}

async function latestOf(parameters: URLSearchParams): Promise<[string, Reading][]> {
  try {
    const { latest } = await get<{ latest: readonly { field: string; time: number | null; value: Value }[] }>(
      'latest',
      parameters,
    );
    return latest.flatMap(({ field, time, value }) => (time === null ? [] : [[field, { t: time, v: value }]]));
  } catch (error) {
    // Fields that went away with their node are no failure of the page.
    if (error instanceof ApiError) return [];
    throw error;
  }
}

/** The fields as parameters of one or more requests. */
export function portions(ids: readonly string[]): URLSearchParams[] {
  const found: URLSearchParams[] = [];
  let room = 0;
  for (const id of ids) {
    const bytes = encodeURIComponent(id).length + 'field=&'.length;
    if (bytes > room) {
      found.push(new URLSearchParams());
      room = mostAddressBytes;
    }
    found.at(-1)!.append('field', id);
    room -= bytes;
  }
  return found;
}

/** How the nodes are. */
export async function getStatus(): Promise<SiteState> {
  type NodeJson = Partial<NodeState> & Pick<NodeState, 'name' | 'reachable'>;
  const [status, { nodes }] = await Promise.all([
    get<{ connected: boolean; now: number; nodes: readonly NodeJson[] }>('status'),
    get<{ nodes: readonly { name: string; description: string }[] }>('nodes'),
  ]);
  const about = new Map(nodes.map((n) => [n.name, n.description]));
  return {
    connected: status.connected,
    time: status.now,
    nodes: status.nodes.map(({ name, reachable, error, newest, agents }) => ({
      name,
      description: about.get(name) ?? '',
      reachable,
      ...(error !== undefined && { error }),
      newest: newest ?? null,
      agents: agents ?? [],
    })),
  };
}

/** Samples of fields in a range, reduced to about `points` pixel columns; real samples, gaps told by null. */
export async function getSeries(
  ids: readonly string[],
  from: number,
  to: number,
  points: number,
  signal: AbortSignal,
): Promise<SeriesAnswer> {
  const answers = await Promise.all(
    portions(ids).map((parameters) => {
      const range = { from: String(from), to: String(to), maxDataPoints: String(points), gaps: 'true' };
      for (const [name, value] of Object.entries(range)) parameters.set(name, value);
      return get<SeriesJson>('series', parameters, signal);
    }),
  );
  const series = answers.flatMap((answer) => answer.series);
  const notices = answers.flatMap((answer) => answer.notices);
  return {
    series: new Map(series.map(({ field, time, value }) => [field, { t: time, v: value }])),
    notices: [...new Set(notices.map(({ field, message }) => (field ? `${field}: ${message}` : message)))],
  };
}
