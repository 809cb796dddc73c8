/** What a person with a browser or Grafana asks of the running lab. */
const base = 'http://127.0.0.1:5000';

async function json(path, options) {
  const response = await fetch(`${base}${path}`, { ...options, signal: AbortSignal.timeout(15_000) });
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${(await response.text()).slice(0, 200)}`);
  return response.json();
}

/** Names of the data nodes that the bridge lists. */
export const nodeNames = async () => (await json('/api/v1/nodes')).nodes.map(({ name }) => name);

/** `/query` for one target: points as [value, milliseconds]. `from` and `to` are UNIX seconds. */
export async function query(target, from, to) {
  const [series] = await json('/query', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      range: { from: new Date(from * 1000).toISOString(), to: new Date(to * 1000).toISOString() },
      maxDataPoints: 2000,
      targets: [{ target, refId: 'A', type: 'timeserie' }],
    }),
  });
  return (series?.datapoints ?? []).filter(([value]) => value !== null);
}

/** `/render` for one path: points as [value, seconds]. */
export async function render(path, from, to) {
  const form = new URLSearchParams({ target: path, from: String(Math.floor(from)), until: String(Math.ceil(to)) });
  form.set('format', 'json');
  form.set('maxDataPoints', '2000');
  const [series] = await json('/render', { method: 'POST', body: form });
  return (series?.datapoints ?? []).filter(([value]) => value !== null);
}

export const now = () => Date.now() / 1000;

/** 2017-07-14 to 2017-07-28: the example set of weather. */
export const weatherSpan = [1_499_990_400, 1_501_200_000];

const field = 'observatory.fake-data1.feeds.false_temperatures.channel_00';
const live = {
  node: `fake-data1::channel_00`,
  joined: `ocs::${field}`,
  path: `ocs.${field}`,
  archive: `g3_reader::${field}`,
};

/** The newest second of a live field; 0 where there is none. */
export async function newest(target = live.joined) {
  const points = await query(target, now() - 600, now() + 5);
  return points.length === 0 ? 0 : points.at(-1)[1] / 1000;
}

export { live };
