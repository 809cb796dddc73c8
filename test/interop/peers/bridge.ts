/** A client of the HTTP bridge, as Grafana and the GET API's users are. */
export interface BridgeClient {
  /** `POST /search` with nothing typed: `node::field` of everything. */
  search(): Promise<string[]>;
  /** `POST /query` as SimpleJson sends it; points by target. Times are UNIX seconds. */
  query(targets: readonly string[], from: number, to: number, maxDataPoints?: number): Promise<Map<string, Point[]>>;
  /** Every sample of the range by `GET /api/v1/series?raw=true`, in the order of the answer. */
  samples(field: string, from: number, to: number): Promise<Sample[]>;
  nodes(): Promise<readonly string[]>;
}

/** `[value, UNIX ms]`, as Grafana reads it. */
export type Point = readonly [number | string | boolean | null, number];

export interface Sample {
  /** UNIX seconds. */
  readonly t: number;
  readonly value: unknown;
}

interface Frame {
  readonly name?: string;
  readonly target?: string;
  readonly datapoints?: readonly Point[];
  readonly fields?: readonly { readonly values: readonly unknown[] }[];
}

interface Blocks {
  readonly complete: boolean;
  readonly notices: readonly unknown[];
  readonly blocks: readonly {
    readonly time: readonly number[];
    readonly values: Readonly<Record<string, readonly unknown[]>>;
  }[];
}

export function bridgeClient(url: string): BridgeClient {
  const answer = async <T>(path: string, body?: unknown): Promise<T> => {
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(url + path, body === undefined ? {} : post);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    search: () => answer('/search', { target: '' }),
    query: async (targets, from, to, maxDataPoints = 10_000) => {
      const iso = (t: number): string => new Date(t * 1000).toISOString();
      const frames = await answer<readonly Frame[]>('/query', {
        range: { from: iso(from), to: iso(to) },
        intervalMs: 1000,
        maxDataPoints,
        targets: targets.map((target, i) => ({ target, refId: String.fromCharCode(65 + i), type: 'timeserie' })),
      });
      return new Map(frames.map((frame, i) => [frame.target ?? frame.name ?? targets[i]!, pointsOf(frame)]));
    },
    samples: async (field, from, to) => {
      const query = new URLSearchParams({ field, from: String(from), to: String(to), raw: 'true' });
      const { blocks, complete, notices } = await answer<Blocks>(`/api/v1/series?${query.toString()}`);
      if (!complete) throw new Error(`${field} is not complete: ${JSON.stringify(notices)}`);
      return blocks.flatMap(({ time, values }) => time.map((t, i) => ({ t, value: values[field]?.[i] })));
    },
    nodes: async () => {
      const { nodes } = await answer<{ nodes: readonly { name: string }[] }>('/api/v1/nodes');
      return nodes.map((node) => node.name);
    },
  };
}

/** Strings come as a frame of two columns. */
function pointsOf({ datapoints, fields }: Frame): Point[] {
  if (datapoints) return [...datapoints];
  const [times, values] = [fields?.[0]?.values ?? [], fields?.[1]?.values ?? []];
  return times.map((t, i) => [values[i] as string, t as number]);
}
