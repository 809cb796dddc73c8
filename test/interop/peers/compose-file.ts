import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { repositoryDir } from './peer-process.js';

/** A service of a compose file, its values as docker compose makes them. */
export interface ComposeService {
  readonly image: string;
  readonly command: readonly string[] | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly ports: readonly PublishedPort[];
  readonly hostname: string | null;
  readonly profiles: readonly string[];
  /** Services that have to be healthy, or merely there, before. */
  readonly dependsOn: readonly string[];
  /** Names by which other services reach it, its own among them. */
  readonly names: readonly string[];
}

export interface Mount {
  /** A path of the host (`./...`, `/...`), or the name of a volume. */
  readonly source: string;
  readonly target: string;
}

/** `address` of the host; null where it is published on every one. */
export interface PublishedPort {
  readonly address: string | null;
  readonly host: number;
  readonly container: number;
}

/** What an image starts, and the settings it has. */
export interface ImageTarget {
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

/** The services of `<dir>/docker-compose.yaml` with the values of `<dir>/.env`. @throws what docker compose stops at */
export function readComposeFile(dir: string): ReadonlyMap<string, ComposeService> {
  const values = parseEnv(readFileSync(join(dir, '.env'), 'utf8')) as Readonly<Record<string, string>>;
  const file = parse(readFileSync(join(dir, 'docker-compose.yaml'), 'utf8'), { merge: true }) as Dict;
  return new Map(
    Object.entries(dict(file['services'])).map(([name, block]) => [name, readService(name, dict(block), dir, values)]),
  );
}

/** One service's block, as it stands in a compose file or a guide. */
export function readService(
  name: string,
  raw: Readonly<Record<string, unknown>>,
  dir: string,
  values: Readonly<Record<string, string>>,
): ComposeService {
  const block = interpolated(raw, values) as Dict;
  const { command, hostname, networks } = block;
  const files = list(block['env_file']).map((path) => parseEnv(readFileSync(join(dir, path), 'utf8')) as Dict);
  const aliases = Object.values(dict(networks)).flatMap((network) => list(dict(network)['aliases']));
  return {
    image: String(block['image']),
    command: Array.isArray(command) ? command.map(String) : null,
    environment: texts(Object.assign({}, ...files, environmentOf(block['environment'])) as Dict),
    mounts: (Array.isArray(block['volumes']) ? block['volumes'] : []).map(readMount),
    ports: list(block['ports']).map(readPort),
    hostname: typeof hostname === 'string' ? hostname : null,
    profiles: list(block['profiles']),
    dependsOn: Array.isArray(block['depends_on']) ? list(block['depends_on']) : Object.keys(dict(block['depends_on'])),
    names: [name, ...aliases],
  };
}

/** The final targets of the repository's Dockerfile, by name, each with what it has from the stages below. */
export function readDockerfile(): ReadonlyMap<string, ImageTarget> {
  const text = readFileSync(join(repositoryDir, 'Dockerfile'), 'utf8').replace(/^\s*#.*\n/gm, '');
  const targets = new Map<string, ImageTarget>();
  let name = '';
  for (const line of text.replace(/\\\n\s*/g, ' ').split('\n')) {
    const [, from, as] = /^FROM\s+(\S+)\s+AS\s+(\S+)/i.exec(line) ?? [];
    if (from !== undefined && as !== undefined) {
      name = as;
      targets.set(name, targets.get(from) ?? { environment: {}, command: [] });
    }
    const target = targets.get(name);
    const [, word, rest = ''] = /^(ENV|CMD)\s+(.*)/.exec(line) ?? [];
    if (target === undefined || word === undefined) continue;
    if (word === 'CMD') targets.set(name, { ...target, command: JSON.parse(rest) as string[] });
    else {
      const pairs = [...rest.matchAll(/(\w+)=(\S*)/g)].map(([, key, value]) => [key!, value!]);
      targets.set(name, {
        ...target,
        environment: { ...target.environment, ...(Object.fromEntries(pairs) as Record<string, string>) },
      });
    }
  }
  return targets;
}

type Dict = Readonly<Record<string, unknown>>;
const dict = (value: unknown): Dict => (typeof value === 'object' && value !== null ? (value as Dict) : {});
const list = (value: unknown): string[] => (Array.isArray(value) ? value : value == null ? [] : [value]).map(String);
const texts = (values: Dict) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

function environmentOf(value: unknown): Dict {
  if (!Array.isArray(value)) return dict(value);
  return Object.fromEntries(list(value).map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

function readMount(value: unknown): Mount {
  const { source, target } = dict(value);
  const [from = '', to = ''] = typeof value === 'string' ? value.split(':') : [String(source), String(target)];
  return { source: from, target: to };
}

function readPort(text: string): PublishedPort {
  const [, address = null, host, container] = /^(?:(.+):)?(\d+):(\d+)$/.exec(text) ?? [];
  return { address, host: Number(host), container: Number(container) };
}

/** Every text in it with `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$` in place. */
function interpolated(value: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g, (whole, name?: string, kind?: string, word = '') => {
      if (name === undefined) return '$';
      const found = values[name];
      if (found) return found;
      if (kind === '?') throw new Error(`required variable ${name} is missing a value: ${word}`);
      return kind === '-' ? word : (found ?? '');
    });
  }
  if (Array.isArray(value)) return value.map((one) => interpolated(one, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, interpolated(inner, values)]));
}
