/** One request of a dashboard, and the letters of the targets that want an answer. */
export interface PanelRequest {
  readonly what: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly refIds: readonly string[];
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

/** Replaces `$name` and `${name}` by the variable's value in Grafana's regex format. */
function interpolate(text: string, variables: readonly Json[]): string {
  let done = text;
  for (const { name, current } of variables) {
    const escape = (value: string) => value.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');
    const value = Array.isArray(current.value)
      ? `(${(current.value as string[]).map(escape).join('|')})`
      : escape(current.value as string);
    done = done
      .split(`\${${name as string}}`)
      .join(value)
      .split(`$${name as string}`)
      .join(value);
  }
  return done;
}

const rangeOf = ({ time }: Json) => ({ ...time, raw: time });

/** The requests that SimpleJson sends for a dashboard's panels, annotations and variables. */
export function simpleJsonRequests(dashboard: Json): PanelRequest[] {
  const variables: Json[] = dashboard.templating.list;
  const panels = dashboard.panels.map((panel: Json): PanelRequest => {
    const targets = panel.targets
      .filter((t: Json) => t.target !== 'select metric' && !t.hide)
      .map((t: Json) => ({ target: interpolate(t.target, variables), refId: t.refId, hide: t.hide, type: t.type }));
    const body = {
      panelId: panel.id,
      range: rangeOf(dashboard),
      rangeRaw: dashboard.time,
      interval: '1s',
      intervalMs: 1000,
      targets,
      maxDataPoints: 600,
      adhocFilters: [],
    };
    return { what: panel.title, method: 'POST', path: '/query', body, refIds: targets.map((t: Json) => t.refId) };
  });
  const annotations = dashboard.annotations.list.map((annotation: Json): PanelRequest => ({
    what: `annotation ${annotation.name as string}`,
    method: 'POST',
    path: '/annotations',
    body: { range: rangeOf(dashboard), annotation, rangeRaw: dashboard.time },
    refIds: [],
  }));
  const queries = variables.map(({ name, query }: Json): PanelRequest => ({
    what: `variable ${name as string}`,
    method: 'POST',
    path: '/search',
    body: { target: interpolate(query, variables) },
    refIds: [],
  }));
  return [...panels, ...annotations, ...queries];
}

/** The requests that simPod 0.6 sends. */
export function simPodRequests(dashboard: Json): PanelRequest[] {
  const variables: Json[] = dashboard.templating.list;
  const request = (targets: readonly Json[], more: object) => ({
    app: 'dashboard',
    timezone: 'browser',
    range: rangeOf(dashboard),
    interval: '1s',
    intervalMs: 1000,
    targets: targets.map((t: Json) => ({
      ...t,
      target: interpolate(t.target, variables),
      payload: typeof t.payload === 'object' ? t.payload : {},
      datasource: { type: 'simpod-json-datasource', uid: 'u' },
    })),
    maxDataPoints: 600,
    scopedVars: { undefined: { text: 'x' }, node: { selected: true, text: 'weather', value: 'weather' } },
    ...more,
  });
  const panels = dashboard.panels.map((panel: Json): PanelRequest => ({
    what: panel.title,
    method: 'POST',
    path: '/query',
    body: request(panel.targets, { requestId: `SQR${panel.id as number}`, panelId: panel.id }),
    refIds: panel.targets.filter((t: Json) => t.target !== '').map((t: Json) => t.refId),
  }));
  const annotations = dashboard.annotations.list.map(({ name, target }: Json): PanelRequest => ({
    what: `annotation ${name as string}`,
    method: 'POST',
    path: '/query',
    body: request([target], { requestId: 'AQ100' }),
    refIds: ['Anno'],
  }));
  const queries = variables.map(({ name, query }: Json): PanelRequest => ({
    what: `variable ${name as string}`,
    method: 'POST',
    path: '/variable',
    body: { payload: { target: interpolate(query, variables) }, range: rangeOf(dashboard) },
    refIds: [],
  }));
  return [...panels, ...annotations, ...queries];
}

/** The requests that Infinity's back end sends. */
export function infinityRequests(dashboard: Json): PanelRequest[] {
  const ms = (text: string) => String(Date.parse(text));
  const values: Record<string, string> = {
    '${__timeFrom}': ms(dashboard.time.from),
    '${__timeTo}': ms(dashboard.time.to),
    '${__interval_ms}': '1000',
  };
  const get = (what: string, target: Json): PanelRequest => {
    const parameters = new URLSearchParams();
    for (const { key, value } of target.url_options.params) parameters.append(key, values[value] ?? value);
    return { what, method: 'GET', path: `${target.url as string}?${parameters.toString()}`, refIds: [] };
  };
  return [
    ...dashboard.panels.flatMap((panel: Json) => panel.targets.map((target: Json) => get(panel.title, target))),
    ...dashboard.annotations.list.map(({ name, target }: Json) => get(`annotation ${name as string}`, target)),
  ];
}
