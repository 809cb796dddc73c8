import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { type Dashboard, dashboards, grafanaDirectory, type Panel } from '../support/grafana.js';
import { panelTypes, typeErrors } from '../support/grafana-types.js';

const uid = 'sisock-graphite';
const reference = { type: 'graphite', uid };

/** Ids of units in Grafana's `@grafana/data` (src/valueFormats/categories.ts) that dashboards use. */
const units = ['celsius', 'dateTimeFromNow', 'degree', 'kelvin', 'lengthmm', 'percent', 'pressurembar', 'velocitykmh'];

/** Transformations that are part of Grafana (`DataTransformerID` of `@grafana/data`). */
const transformations = ['groupBy', 'organize', 'seriesToRows'];

function unitsOf({ fieldConfig }: Panel): string[] {
  const overridden = fieldConfig?.overrides.flatMap(({ properties }) => properties) ?? [];
  return [
    ...(fieldConfig?.defaults.unit ? [fieldConfig.defaults.unit] : []),
    ...overridden.filter(({ id }) => id === 'unit').map(({ value }) => String(value)),
  ];
}

describe.each([...dashboards])('dashboard %s', (file, dashboard) => {
  it('has the types that the schema package of Grafana gives', () => {
    expect(typeErrors(dashboard)).toEqual([]);
  });

  it('has a uid of its own and what all have in common', () => {
    expect(dashboard.uid).toBe(`sisock-${file}`);
    expect(dashboard.tags).toContain('sisock');
    expect(dashboard.graphTooltip).toBe(1);
    const live = dashboard.time.to === 'now';
    expect({ ...dashboard.time, refresh: dashboard.refresh }).toEqual(
      live
        ? { from: 'now-6h', to: 'now', refresh: '30s' }
        : { from: '2017-07-14T00:00:00.000Z', to: '2017-07-28T00:00:00.000Z', refresh: '' },
    );
    expect(dashboard.links.slice(0, 2)).toMatchObject([
      { type: 'dashboards', tags: ['sisock'] },
      { type: 'link', url: expect.stringMatching(/^http:\/\/localhost:5000\//) },
    ]);
    expect(dashboard).not.toHaveProperty('__inputs');
    expect(dashboard).not.toHaveProperty('id');
  });

  it('asks the provisioned data source everywhere', () => {
    const { annotations, templating, panels } = dashboard;
    const asking = [
      ...annotations.list.filter(({ builtIn }) => !builtIn),
      ...templating.list.filter(({ type }) => type === 'query'),
      ...panels.filter(({ type }) => type !== 'text'),
      ...panels.flatMap(({ targets }) => targets ?? []),
    ];
    for (const { datasource } of asking as { datasource?: unknown }[]) expect(datasource).toEqual(reference);
  });

  it('is made of core panels, transformations and known units', () => {
    for (const panel of dashboard.panels) {
      expect(Object.keys(panelTypes)).toContain(panel.type);
      for (const unit of unitsOf(panel)) expect(units).toContain(unit);
      for (const { id } of panel.transformations ?? []) expect(transformations).toContain(id);
    }
  });

  it('has panels that lie side by side', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const taken = new Set<string>();
    for (const { gridPos, title } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          const place = `${x},${y}`;
          expect({ title, place, free: !taken.has(place) }).toEqual({ title, place, free: true });
          taken.add(place);
        }
      }
    }
  });

  it('names only dashboards that there are', () => {
    const named = [...JSON.stringify(dashboard).matchAll(/\/d\/([\w-]+)/g)].map(([, name]) => name);
    const known = [...dashboards.values()].map((one) => one.uid);
    for (const name of named) expect(known).toContain(name);
  });
});

describe('the check against the schema package', () => {
  const [, cryostat] = [...dashboards][0]!;
  const broken = (change: (copy: Dashboard & { panels: Panel[] }) => void) => {
    const copy = structuredClone(cryostat) as Dashboard & { panels: Panel[] };
    change(copy);
    return typeErrors(copy);
  };

  it.each<[string, RegExp, (copy: Dashboard & { panels: Panel[] }) => void]>([
    ['a key of the dashboard', /^dashboard: .*'"colour"' does not exist/, (copy) => Object.assign(copy, { colour: 1 })],
    ['a key of a panel', /^panel 1 .*'"kind"' does not exist/, (copy) => Object.assign(copy.panels[0]!, { kind: 1 })],
    [
      'a word',
      /^panel 1 .*options: .*"loud"' is not assignable/,
      (copy) => Object.assign(copy.panels[0]!.options, { tooltip: { mode: 'loud', sort: 'none' } }),
    ],
    [
      'a setting of fields',
      /^panel 1 .*custom: .*'"fillColour"' does not exist/,
      (copy) => Object.assign(copy.panels[0]!.fieldConfig!.defaults.custom!, { fillColour: 1 }),
    ],
    [
      'a target',
      /^panel 1 .*target: .*'target' is missing/,
      (copy) => Reflect.deleteProperty(copy.panels[0]!.targets![0]!, 'target'),
    ],
    [
      'an annotation',
      /^dashboard: .*'"matches"' does not exist/,
      (copy) => Object.assign(copy.annotations.list[1]!.target!, { matches: 1 }),
    ],
  ])('finds %s that is wrong', (_, message, change) => {
    expect(broken(change)).toEqual([expect.stringMatching(message)]);
  });
});

/** Reads a provisioning file; the YAML's own mistakes are errors. */
function provisioning(path: string): Record<string, unknown> {
  return parse(readFileSync(join(grafanaDirectory, 'provisioning', path), 'utf8')) as Record<string, unknown>;
}

type Kind = 'string' | 'number' | 'boolean' | 'object';

/** Keys that are none of these, or of another kind. */
function strangers(value: unknown, known: Readonly<Record<string, Kind>>): string[] {
  return Object.entries(value as object).flatMap(([key, one]) => (typeof one === known[key] ? [] : [key]));
}

/** https://grafana.com/docs/grafana/latest/administration/provisioning/: "Data sources" and "Dashboards". */
const documented = {
  dataSources: { apiVersion: 'number', prune: 'boolean', deleteDatasources: 'object', datasources: 'object' },
  dataSource: {
    name: 'string',
    type: 'string',
    access: 'string',
    orgId: 'number',
    uid: 'string',
    url: 'string',
    user: 'string',
    database: 'string',
    basicAuth: 'boolean',
    basicAuthUser: 'string',
    withCredentials: 'boolean',
    isDefault: 'boolean',
    jsonData: 'object',
    secureJsonData: 'object',
    version: 'number',
    editable: 'boolean',
  },
  /** "JSON Data", and the page of the Graphite data source, "Provision the data source". */
  jsonData: { graphiteVersion: 'string', graphiteType: 'string' },
  dashboards: { apiVersion: 'number', providers: 'object' },
  provider: {
    name: 'string',
    orgId: 'number',
    folder: 'string',
    folderUid: 'string',
    type: 'string',
    disableDeletion: 'boolean',
    updateIntervalSeconds: 'number',
    allowUiUpdates: 'boolean',
    options: 'object',
  },
  options: { path: 'string', foldersFromFilesStructure: 'boolean' },
} as const satisfies Record<string, Record<string, Kind>>;

describe('provisioning', () => {
  it('of the data source has documented keys and the uid that dashboards name', () => {
    const file = provisioning('datasources/sisock.yaml');
    expect(strangers(file, documented.dataSources)).toEqual([]);
    const sources = file['datasources'] as Record<string, unknown>[];
    expect(sources).toHaveLength(1);
    expect(strangers(sources[0], documented.dataSource)).toEqual([]);
    expect(strangers(sources[0]!['jsonData'], documented.jsonData)).toEqual([]);
    expect(file).toMatchObject({
      apiVersion: 1,
      datasources: [{ uid, type: 'graphite', access: 'proxy', url: 'http://sisock-http:5000', isDefault: true }],
    });
  });

  it('of the dashboards has documented keys and the directory that is mounted', () => {
    const file = provisioning('dashboards/default.yaml');
    expect(strangers(file, documented.dashboards)).toEqual([]);
    const providers = file['providers'] as Record<string, unknown>[];
    expect(providers).toHaveLength(1);
    expect(strangers(providers[0], documented.provider)).toEqual([]);
    expect(strangers(providers[0]!['options'], documented.options)).toEqual([]);
    expect(file).toMatchObject({
      apiVersion: 1,
      providers: [{ type: 'file', options: { path: '/var/lib/grafana/dashboards' } }],
    });
  });

  it('fits the services of docker-compose.yaml', () => {
    interface Service {
      readonly volumes: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
    }
    const file = join(import.meta.dirname, '../../docker-compose.yaml');
    const { services } = parse(readFileSync(file, 'utf8'), { merge: true }) as { services: Record<string, Service> };
    const mounted = new Map(
      services['grafana']!.volumes.map((volume) => volume.split(':')).map(([from, to]) => [to!, from!]),
    );
    expect(mounted.get('/etc/grafana/provisioning')).toMatch(/grafana\/provisioning$/);
    expect(mounted.get('/var/lib/grafana/dashboards')).toMatch(/grafana\/dashboards$/);
    expect(services['grafana']!.environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']).toBe(
      '/var/lib/grafana/dashboards/overview.json',
    );
    expect([...dashboards.keys()]).toContain('overview');
    expect(services).toHaveProperty('sisock-http');
  });

  it('holds no secret', () => {
    for (const path of ['datasources/sisock.yaml', 'dashboards/default.yaml']) {
      const text = readFileSync(join(grafanaDirectory, 'provisioning', path), 'utf8');
      expect(text).not.toMatch(/[Pp]assword: (?!\$)/);
    }
  });
});
