import { fail, type Finding, ok, skip, warn } from '../finding.js';

export interface BridgeAsk {
  /** Without a slash at its end. */
  readonly url: string;
  /** For Authorization, where the bridge asks for it. */
  readonly authorization: string | undefined;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** The bridge, then its data sources as Grafana tests them. */
export async function checkBridge(ask: BridgeAsk): Promise<readonly Finding[]> {
  const { url } = ask;
  const start = 'start sisock http, or set PORT or SISOCK_HTTP_URL to where it listens';
  let health: Answer;
  try {
    health = await request(ask, '/healthz');
  } catch (error) {
    return [fail('bridge', `nothing answers at ${url} (${causeOf(error)})`, start), notTested('the bridge is away')];
  }
  if ((health.json as { alive?: unknown } | undefined)?.alive !== true) {
    return [
      fail('bridge', `what answers at ${url} is no bridge of sisock (status ${health.status})`, start),
      notTested('there is no bridge'),
    ];
  }
  const ready = await request(ask, '/readyz');
  if (ready.status !== 200) {
    const cure = "check the bridge's CROSSBAR_HOST, ports and secret of consumer, and see its log";
    return [
      fail('bridge', `the bridge at ${url} has no session with the router`, cure),
      notTested('the bridge has no session'),
    ];
  }
  return [ok('bridge', `${url} has a session with the router`), ...(await checkDataSources(ask))];
}

async function checkDataSources(ask: BridgeAsk): Promise<readonly Finding[]> {
  const root = await request(ask, '/');
  if (root.status === 401) {
    const cure = 'set SISOCK_HTTP_TOKEN, or SISOCK_HTTP_USER and SISOCK_HTTP_PASSWORD, and the same in Grafana';
    return [fail('data source', 'the bridge does not accept these credentials', cure)];
  }
  if (root.status !== 200) return [fail('data source', `GET / answers ${root.status}`, 'see the log of the bridge')];
  const search = await request(ask, '/search', { target: '' });
  const fields = Array.isArray(search.json) ? search.json.map(String) : null;
  if (search.status !== 200 || fields === null) {
    return [fail('data source', `POST /search answers ${search.status}`, 'see the log of the bridge')];
  }
  if (fields.length === 0) {
    return [warn('data source', 'POST /search finds no field', 'look at the data nodes above, and at the access file')];
  }
  return [await simpleJson(ask, fields), await simPod(ask, fields), await graphite(ask)];
}

async function simpleJson(ask: BridgeAsk, fields: readonly string[]): Promise<Finding> {
  const target = { target: fields[0]!, refId: 'A', type: 'timeserie' };
  return query(ask, 'data source SimpleJson', { ...lastHour(), targets: [target], adhocFilters: [] }, fields.length);
}

async function simPod(ask: BridgeAsk, fields: readonly string[]): Promise<Finding> {
  const check = 'data source JSON (simPod)';
  const list = await request(ask, '/metrics', {});
  if (list.status === 404 || list.status === 405) return skip(check, 'this bridge has no POST /metrics');
  if (list.status !== 200 || !Array.isArray(list.json)) {
    return fail(check, `POST /metrics answers ${list.status}`, 'see the log of the bridge');
  }
  return query(
    ask,
    check,
    { ...lastHour(), targets: [{ target: fields[0]!, refId: 'A', payload: {}, editorMode: 'code' }] },
    fields.length,
  );
}

async function query(ask: BridgeAsk, check: string, body: object, fields: number): Promise<Finding> {
  const answer = await request(ask, '/query', body);
  if (answer.status === 200 && Array.isArray(answer.json)) {
    return ok(check, `GET /, the list of ${fields} fields and POST /query answer`);
  }
  return fail(check, `POST /query answers ${answer.status}: ${answer.text.slice(0, 200)}`, 'see the log of the bridge');
}

async function graphite(ask: BridgeAsk): Promise<Finding> {
  const check = 'data source Graphite';
  const form = new URLSearchParams({
    target: 'constantLine(100)',
    from: '-1h',
    until: 'now',
    format: 'json',
    maxDataPoints: '100',
  });
  const answer = await request(ask, '/render', form);
  if (answer.status === 404) return skip(check, 'this bridge has no POST /render');
  const series = Array.isArray(answer.json) ? answer.json.length : 0;
  if (answer.status === 200 && series > 0) return ok(check, 'POST /render draws the constant line it is tested with');
  return fail(check, `POST /render answers ${answer.status} with ${series} series`, 'see the log of the bridge');
}

function lastHour(): object {
  const to = Date.now();
  const range = { from: new Date(to - 3_600_000).toISOString(), to: new Date(to).toISOString() };
  return { range: { ...range, raw: { from: 'now-1h', to: 'now' } }, intervalMs: 5000, maxDataPoints: 100 };
}

const notTested = (why: string) => skip('data source', `not tested: ${why}`);

/** GET without a body; POST of JSON or a form with one. */
async function request({ url, authorization, signal }: BridgeAsk, path: string, body?: object): Promise<Answer> {
  const isForm = body instanceof URLSearchParams;
  const response = await fetch(url + path, {
    redirect: 'manual',
    signal,
    headers: {
      accept: 'application/json, text/plain, */*',
      ...(authorization !== undefined && { authorization }),
      ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { method: 'POST', body: isForm ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
  return cause?.code ?? cause?.message ?? message ?? 'no answer';
}
