import { SisockError } from '@sisock/core';

/** A port that a Crossbar configuration listens on. */
export interface CrossbarPort {
  /** Where this machine reaches it. */
  readonly host: string;
  readonly port: number;
  /** File names as the configuration has them; null: plain text. */
  readonly tls: { readonly key: string; readonly cert: string } | null;
  /** Paths of WebSockets on which `user` proves itself by WAMP-CRA. */
  readonly paths: readonly string[];
}

type Dict = Readonly<Record<string, unknown>>;

/**
 * The configuration as Crossbar will read it.
 * @throws SisockError `bad_setting` where it is no JSON object
 */
export function parseConfiguration(text: string, path: string): Dict {
  const cure = 'correct it, or take it away: then one is made';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.replace(/\s+/g, ' ');
    throw new SisockError('bad_setting', `${JSON.stringify(path)} is no JSON (${reason}): ${cure}`, { cause: error });
  }
  if (isDict(value)) return value;
  throw new SisockError('bad_setting', `${JSON.stringify(path)} is no JSON object: ${cure}`);
}

/** All TCP ports of a configuration, in its order. `user`: whose WebSockets are looked for. */
export function portsOf(configuration: Dict, user: string): readonly CrossbarPort[] {
  return workers(configuration).flatMap((worker) => dicts(worker['transports']).flatMap((t) => portOf(t, user)));
}

/** Names of the realms of a configuration. */
export function realmsOf(configuration: Dict): readonly string[] {
  const names = workers(configuration).flatMap((worker) => dicts(worker['realms']).map(({ name }) => name));
  return names.filter((name) => typeof name === 'string');
}

function portOf(transport: Dict, user: string): CrossbarPort[] {
  const endpoint = dict(transport['endpoint']);
  const { port } = endpoint;
  if (endpoint['type'] !== 'tcp' || typeof port !== 'number') return [];
  const { key, certificate } = dict(endpoint['tls']);
  const tls = typeof key === 'string' && typeof certificate === 'string' ? { key, cert: certificate } : null;
  return [{ host: reachable(endpoint['interface']), port, tls, paths: webSocketPaths(transport, user) }];
}

function webSocketPaths(transport: Dict, user: string): readonly string[] {
  if (transport['type'] === 'websocket') return proves(transport, user) ? [''] : [];
  return Object.entries(dict(transport['paths'])).flatMap(([path, value]) => {
    const inner = dict(value);
    return inner['type'] === 'websocket' && proves(inner, user) ? [path.replace(/^\/*/, '/')] : [];
  });
}

/** A way of authentication whose users stand elsewhere may know the user. */
function proves(webSocket: Dict, user: string): boolean {
  const wampcra = dict(webSocket['auth'])['wampcra'];
  if (!isDict(wampcra)) return false;
  return !isDict(wampcra['users']) || user in wampcra['users'];
}

function reachable(host: unknown): string {
  if (typeof host !== 'string' || host === '' || host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

const workers = (configuration: Dict) => dicts(configuration['workers']);
const isDict = (value: unknown): value is Dict => typeof value === 'object' && value !== null && !Array.isArray(value);
const dict = (value: unknown): Dict => (isDict(value) ? value : {});
const dicts = (value: unknown): readonly Dict[] => (Array.isArray(value) ? value.filter(isDict) : []);
