import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type PeerProcess, type ProcessOptions, startProcess } from './peer-process.js';
import { until } from './until.js';

/** A machine of a small network: a Linux network namespace with a loopback of its own and one network card. */
export interface Host {
  readonly name: string;
  readonly address: string;
  /** Starts a program there. */
  start(name: string, command: string, args: readonly string[], options?: ProcessOptions): PeerProcess;
  /** The text and status of an HTTP answer, asked from there. */
  fetch(url: string, body?: unknown): Promise<{ readonly status: number; readonly text: string }>;
  /** Whether something there can connect to an address and port: `open`, or the code of the error. */
  connect(address: string, port: number): Promise<string>;
}

export interface Network {
  readonly hosts: readonly [Host, Host];
  /** Takes the cable between the two out. */
  cut(): void;
  /** Puts it in again. */
  mend(): void;
  close(): void;
}

const need =
  'The tests of several hosts make Linux network namespaces: they need root and iproute2 ' +
  '(Debian: apt-get install iproute2; in a container the capabilities SYS_ADMIN and NET_ADMIN).';

function ip(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${need}\nip ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

/** Asked for in a process there; the answer is one line of JSON. */
const ask = `
const [what, ...args] = JSON.parse(process.argv[1]);
const tell = (answer) => process.stdout.write(JSON.stringify(answer) + '\\n');
if (what === 'fetch') {
  const [url, body] = args;
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const options = { ...(body === null ? {} : post), signal: AbortSignal.timeout(60_000) };
  const answer = await fetch(url, options).catch((e) => ({ status: 0, text: async () => String(e.cause ?? e) }));
  tell({ status: answer.status, text: await answer.text() });
} else {
  const { connect } = await import('node:net');
  const socket = connect({ host: args[0], port: args[1], timeout: 60_000 });
  const done = (answer) => (tell(answer), socket.destroy());
  socket.on('connect', () => done('open')).on('timeout', () => done('ETIMEDOUT')).on('error', (e) => done(e.code));
}
`;

/** Two machines with a cable between them that know each other by name (`<name>` and
 * `<name>.lab`). Nothing else reaches them, nor do they reach anything. */
export function startNetwork(names: readonly [string, string]): Network {
  const spaces = names.map((name) => `sisock-${name}-${process.pid}`);
  const addresses = ['10.98.0.1', '10.98.0.2'];
  const cards = ['a', 'b'].map((end) => `ss${process.pid}${end}`);
  const close = (): void => {
    for (const space of spaces) {
      // With the namespace its end of the cable goes, and so the other.
      spawnSync('ip', ['netns', 'delete', space]);
      rmSync(`/etc/netns/${space}`, { recursive: true, force: true });
    }
  };
  try {
    for (const space of spaces) ip('netns', 'add', space);
    ip('link', 'add', cards[0]!, 'netns', spaces[0]!, 'type', 'veth', 'peer', 'name', cards[1]!, 'netns', spaces[1]!);
    const known = ['127.0.0.1 localhost', ...names.map((name, i) => `${addresses[i]} ${name} ${name}.lab`), ''].join(
      '\n',
    );
    for (const [i, space] of spaces.entries()) {
      ip('-n', space, 'address', 'add', `${addresses[i]}/24`, 'dev', cards[i]!);
      for (const device of ['lo', cards[i]!]) ip('-n', space, 'link', 'set', device, 'up');
      // `ip netns exec` puts these files over those of /etc.
      mkdirSync(`/etc/netns/${space}`, { recursive: true });
      writeFileSync(`/etc/netns/${space}/hosts`, known);
    }
  } catch (error) {
    close();
    throw error;
  }

  const host = (i: number): Host => {
    const space = spaces[i]!;
    const start: Host['start'] = (name, command, args, options) =>
      startProcess(`${name} on ${names[i]}`, 'ip', ['netns', 'exec', space, command, ...args], options);
    const question = async <T>(...words: readonly unknown[]): Promise<T> => {
      const process_ = start('a question', process.execPath, ['--input-type=module', '-e', ask, JSON.stringify(words)]);
      await until('an answer', () => !process_.running);
      return JSON.parse(process_.output()) as T;
    };
    return {
      name: names[i]!,
      address: addresses[i]!,
      start,
      fetch: (url, body = null) => question('fetch', url, body),
      connect: (address, port) => question('connect', address, port),
    };
  };
  const link = (state: 'up' | 'down') => () => ip('-n', spaces[0]!, 'link', 'set', cards[0]!, state);
  return { hosts: [host(0), host(1)], cut: link('down'), mend: link('up'), close };
}
