import { join } from 'node:path';
import ts from 'typescript';
import type { Dashboard, Panel } from './grafana.js';

const root = join(import.meta.dirname, '../..');
const raw = '@grafana/schema/dist/esm/raw/composable';

/** The core panels that dashboards are made of, and what the schema package says of their settings. */
export const panelTypes: Readonly<Record<string, { readonly module: string; readonly hasFields: boolean }>> = {
  timeseries: { module: `${raw}/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen`, hasFields: true },
  stat: { module: `${raw}/stat/panelcfg/x/StatPanelCfg_types.gen`, hasFields: false },
  table: { module: `${raw}/table/panelcfg/x/TablePanelCfg_types.gen`, hasFields: true },
  text: { module: `${raw}/text/panelcfg/x/TextPanelCfg_types.gen`, hasFields: false },
  'state-timeline': { module: `${raw}/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen`, hasFields: true },
};

/**
 * The types that a dashboard's JSON must have: the schema package's, with the values of its enums instead of their names,
 * and what the Graphite data source (which is not in the package) has in a query.
 */
const prelude = `
import type { AnnotationQuery, Dashboard, DataQuery, Panel } from '@grafana/schema';
type Plain<T> = T extends string ? \`\${T}\` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type GraphiteQuery = Plain<DataQuery> & { target: string; textEditor?: boolean };
type GraphiteAnnotation = DataQuery & { fromAnnotations: true; queryType: 'tags'; tags: string[] };
type Board = Plain<Omit<Dashboard, 'annotations' | 'panels'>> & {
  annotations: { list: Plain<AnnotationQuery<GraphiteAnnotation>>[] };
  panels: [];
};
`;

/** What TypeScript says of a dashboard's JSON against the types of `@grafana/schema`; nothing when it fits. */
export function typeErrors(dashboard: Dashboard): string[] {
  const checked: string[] = [];
  const check = (what: string, type: string, value: unknown) => {
    checked.push(what);
    return `export const value${checked.length}: ${type} = ${JSON.stringify(value)};`;
  };
  const types = Object.entries(panelTypes).map(([, { module }], i) => `import type * as panel${i} from '${module}';`);
  const lines = [
    check('dashboard', 'Board', { ...dashboard, panels: [] }),
    ...dashboard.panels.flatMap((panel) => panelLines(panel, check)),
  ];
  const header = `${prelude}${types.join('\n')}\n`;
  const headerLines = header.split('\n').length - 1;
  return diagnose(`${header}${lines.join('\n')}\n`).map(
    ({ line, text }) => `${checked[line - headerLines] ?? 'types'}: ${text}`,
  );
}

function panelLines(panel: Panel, check: (what: string, type: string, value: unknown) => string): string[] {
  const index = Object.keys(panelTypes).indexOf(panel.type);
  const what = `panel ${panel.id} (${panel.title || panel.type})`;
  const custom = panel.fieldConfig?.defaults.custom;
  return [
    check(what, 'Plain<Panel>', panel),
    check(`${what}, options`, `Plain<panel${index}.Options>`, panel.options),
    ...(custom ? [check(`${what}, custom`, `Plain<panel${index}.FieldConfig>`, custom)] : []),
    ...(panel.targets ?? []).map((target) => check(`${what}, target`, 'GraphiteQuery', target)),
  ];
}

function diagnose(source: string): { line: number; text: string }[] {
  const file = join(root, 'test/dashboard-under-test.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => path === file || fileExists.call(host, path);
  host.readFile = (path) => (path === file ? source : readFile.call(host, path));
  host.getSourceFile = (path, ...rest) => {
    if (path === file) return ts.createSourceFile(path, source, ts.ScriptTarget.ES2023, true);
    return (known[path] ??= getSourceFile.call(host, path, ...rest));
  };
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map((one) => ({
    line: one.file && one.start !== undefined ? one.file.getLineAndCharacterOfPosition(one.start).line : -1,
    text: ts.flattenDiagnosticMessageText(one.messageText, ' '),
  }));
}

/** Files of libraries, parsed once for all dashboards. */
const known: Record<string, ts.SourceFile | undefined> = {};
