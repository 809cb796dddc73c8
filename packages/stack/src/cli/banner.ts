/** Where everything is, for the person who started it. */
export interface Whereabouts {
  readonly url: string;
  readonly router: { readonly url: string; readonly callUrl: string; readonly tlsUrl: string | null };
  readonly dataDirectory: string;
  readonly secretsDirectory: string;
  readonly nodes: readonly string[];
  readonly demo: boolean;
}

/** One screen that says where to look. */
export function banner({ url, router, dataDirectory, secretsDirectory, nodes, demo }: Whereabouts): string {
  const rows: readonly (readonly [string, string])[] = [
    ['page', `${url} `],
    ['Grafana', `a SimpleJson or JSON (simPod) data source with the URL ${url}`],
    ['scripts', `${url}/api/v1/fields`],
    ['OCS agents', "these two lines in their site configuration, under 'hub':"],
    ['', `  wamp_server: ${router.url}`],
    ['', `  wamp_http: ${router.callUrl}`],
    ...(router.tlsUrl === null ? [] : ([['data nodes', `join at ${router.tlsUrl} with a secret`]] as const)),
    ...nodes.map((node, i) => [i === 0 ? 'data nodes' : '', node] as const),
    ...(demo ? ([['demo', 'simulated agents publish; SISOCK_DEMO=no leaves them out']] as const) : []),
    ['data', dataDirectory],
    ['secrets', secretsDirectory],
    ['stop', 'Ctrl-C'],
  ];
  return [
    '',
    'sisock is up',
    '',
    ...rows.map(([name, text]) => `  ${name.padEnd(10)}  ${text}`.trimEnd()),
    '',
    '',
  ].join('\n');
}
