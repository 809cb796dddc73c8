import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export const grafanaDirectory = join(import.meta.dirname, '../../site-configs/templates/grafana');

export interface Target {
  readonly refId: string;
  readonly target: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: unknown;
  readonly targets?: readonly Target[];
  readonly transformations?: readonly { readonly id: string }[];
  readonly repeat?: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly custom?: Readonly<Record<string, unknown>> };
    readonly overrides: readonly { readonly properties: readonly { readonly id: string; readonly value: unknown }[] }[];
  };
}

export interface Variable {
  readonly type: 'query' | 'custom' | 'textbox';
  readonly name: string;
  readonly query: string | { readonly target: string };
  readonly regex?: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly current?: { readonly value: string | readonly string[] };
  readonly datasource?: unknown;
}

export interface Annotation {
  readonly name: string;
  readonly builtIn?: number;
  readonly datasource?: unknown;
  readonly target?: { readonly tags: readonly string[] };
}

/** As much of a dashboard's JSON as the tests look at. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly time: { readonly from: string; readonly to: string };
  readonly refresh: string;
  readonly graphTooltip: number;
  readonly links: readonly { readonly type: string; readonly url?: string; readonly tags: readonly string[] }[];
  readonly annotations: { readonly list: readonly Annotation[] };
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

/** The dashboards that are shipped, by the names of their files. */
export const dashboards: ReadonlyMap<string, Dashboard> = new Map(
  readdirSync(join(grafanaDirectory, 'dashboards')).map((file) => [
    basename(file, '.json'),
    JSON.parse(readFileSync(join(grafanaDirectory, 'dashboards', file), 'utf8')) as Dashboard,
  ]),
);

export interface Series {
  readonly target: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly datapoints: readonly (readonly [number | null, number])[];
}

export interface Range {
  /** UNIX seconds. */
  readonly from: number;
  readonly until: number;
}

/** What a variable may be, and what it is at first. */
export interface Chosen {
  readonly options: readonly string[];
  /** As Grafana's "glob" format puts it into a target. */
  readonly text: string;
}

export type Values = ReadonlyMap<string, Chosen>;

/** Grafana in front of a bridge, as far as its Graphite data source goes. */
export class GrafanaUser {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** What a dashboard's variables are when it is opened. */
  async variables({ templating }: Dashboard): Promise<Values> {
    const values = new Map<string, Chosen>();
    for (const variable of templating.list)
      values.set(variable.name, chosenOf(variable, await this.#options(variable, values)));
    return values;
  }

  async #options({ type, query, regex }: Variable, values: Values): Promise<string[]> {
    if (typeof query === 'string') return type === 'custom' ? query.split(',') : [query];
    const text = interpolate(query.target, values);
    const inside = /^expand\((.*)\)$/.exec(text)?.[1];
    if (inside === undefined) {
      // Front ends put the pattern into the form as it is.
      const found = (await this.#form('/metrics/find', `query=${text}`)) as { text: string }[];
      return optionsOf(
        found.map((one) => one.text),
        regex,
      );
    }
    const response = await fetch(`${this.#url}/metrics/expand?${new URLSearchParams({ query: inside })}`);
    return optionsOf(((await response.json()) as { results: string[] }).results, regex);
  }

  /** A target as Grafana 13's back end asks for it. */
  async render(target: string, values: Values, { from, until }: Range, maxDataPoints = 500): Promise<Series[]> {
    const form = { from, until, format: 'json', maxDataPoints, target: interpolate(target, values) };
    return (await this.#form('/render', encode(form))) as Series[];
  }

  /** A panel as Grafana 12's front end asks for it: all targets at once, each wrapped so that its answer is found. */
  async renderWrapped(targets: readonly Target[], values: Values, { from, until }: Range): Promise<Series[]> {
    const form = new URLSearchParams({
      from: String(from),
      until: String(until),
      format: 'json',
      maxDataPoints: '500',
    });
    for (const { target, refId } of targets) {
      form.append('target', `aliasSub(${interpolate(target, values)}, "(^.*$)", "\\1 ${refId}")`);
    }
    return (await this.#form('/render', form.toString())) as Series[];
  }

  async events(tags: readonly string[], { from, until }: Range): Promise<{ when: number; what: string }[]> {
    const wanted = tags.length === 0 ? '' : `&tags=${tags.join(' ')}`;
    const response = await fetch(`${this.#url}/events/get_data?from=${from}&until=${until}${wanted}`);
    return (await response.json()) as { when: number; what: string }[];
  }

  async #form(path: string, body: string): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} ${body}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}

function encode(form: Readonly<Record<string, string | number>>): string {
  return new URLSearchParams(Object.entries(form).map(([name, value]) => [name, String(value)])).toString();
}

export function interpolate(text: string, values: Values): string {
  return text.replace(/\$(\w+)|\$\{(\w+)\}/g, (whole, bare: string | undefined, braced: string | undefined) => {
    const value = values.get(bare ?? braced ?? '');
    if (!value) throw new Error(`${text}: there is no variable ${whole}`);
    return value.text;
  });
}

/** Names that a variable's regular expression lets through, as it cuts them; sorted. */
function optionsOf(names: readonly string[], regex = ''): string[] {
  const inside = /^\/(.*)\/$/.exec(regex)?.[1];
  const found = names.flatMap((name) => {
    if (inside === undefined) return [name];
    const match = new RegExp(inside).exec(name);
    return match ? [match.groups?.['value'] ?? match[1] ?? name] : [];
  });
  return [...new Set(found)].sort();
}

function chosenOf({ includeAll, allValue, current }: Variable, options: readonly string[]): Chosen {
  const values = [current?.value ?? []].flat();
  if (includeAll && values.includes('$__all')) return { options, text: allValue ?? `{${options.join(',')}}` };
  const known = values.filter((value) => options.includes(value));
  const chosen = known.length > 0 ? known : options.slice(0, 1);
  return { options, text: chosen.length === 1 ? chosen[0]! : `{${chosen.join(',')}}` };
}

/** The values a repeated panel is drawn with, one set a copy. */
export function repetitions({ repeat }: Panel, values: Values): Values[] {
  if (repeat === undefined) return [values];
  const { options } = values.get(repeat)!;
  return options.map((text) => new Map([...values, [repeat, { options, text }]]));
}
