import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, type Service, silentLogger } from '@sisock/runtime';
import { freePort } from '@sisock/testkit';
import { crossbarSettings } from '../src/cli/crossbar-command.js';
import { parseConfiguration, portsOf, realmsOf } from '../src/crossbar/listeners.js';
import { makeNodeDirectory } from '../src/crossbar/node-directory.js';
import { startCrossbarProcess } from '../src/crossbar/process.js';
import { readCrossbarSite } from '../src/crossbar/site.js';

let directory: string;
const open: Service[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sisock-crossbar-test-'));
});
afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A program that is taken for Crossbar: listens on the port in its directory, or does what `instead` says. */
function program(instead = ''): string {
  const path = join(directory, 'fake-crossbar');
  const script = [
    `#!${process.execPath}`,
    "const { readFileSync, appendFileSync } = require('node:fs');",
    "const directory = process.argv[process.argv.indexOf('--cbdir') + 1];",
    "appendFileSync(directory + '/starts', process.env.MARK + '\\n');",
    instead,
    "const port = Number(readFileSync(directory + '/port', 'utf8'));",
    "require('node:net').createServer((socket) => socket.once('data', () => process.exit(3))).listen(port, '127.0.0.1');",
  ];
  writeFileSync(path, script.join('\n'));
  chmodSync(path, 0o755);
  return path;
}

async function start(options: { readonly program: string; readonly port?: number; readonly startWithinMs?: number }) {
  const port = options.port ?? (await freePort());
  writeFileSync(join(directory, 'port'), String(port));
  const crossbar = await startCrossbarProcess({
    ...{ program: options.program, directory, env: { ...process.env, MARK: 'x' }, log: silentLogger() },
    ...{ ports: [{ host: '127.0.0.1', port }], logLevel: 'info', signal: new AbortController().signal },
    ...(options.startWithinMs !== undefined && { startWithinMs: options.startWithinMs }),
  });
  open.push(crossbar);
  return { crossbar, port };
}

const starts = () => readFileSync(join(directory, 'starts'), 'utf8').trim().split('\n').length;

describe('Crossbar as a process', () => {
  it('is up when it listens, and can be started again', async () => {
    const { crossbar } = await start({ program: program() });
    expect(crossbar.isUp).toBe(true);
    await crossbar.restart();
    expect(crossbar.isUp).toBe(true);
    expect(starts()).toBe(2);
    await crossbar.close();
    expect(crossbar.isUp).toBe(false);
  });

  it('tells of its end', async () => {
    const { crossbar, port } = await start({ program: program() });
    const { connect } = await import('node:net');
    connect(port, '127.0.0.1').end('die');
    await expect(crossbar.failed).rejects.toMatchObject({
      code: 'unavailable',
      message: 'Crossbar ended with status 3: the router is gone, so this process ends too',
    });
    expect(crossbar.isUp).toBe(false);
  });

  it('tells what it said when it ends at once', async () => {
    const instead = "console.error('x [Controller 1] ERROR: no such file'); console.log('bye'); process.exit(1);";
    await expect(start({ program: program(instead) })).rejects.toThrow(
      'Crossbar ended with status 1 (ERROR: no such file) before it listened',
    );
  });

  it('does not wait for ever', async () => {
    await expect(start({ program: program('setInterval(() => 0, 1e6); return;'), startWithinMs: 300 })).rejects.toThrow(
      'Crossbar does not listen 0.3 s after its start',
    );
  });

  it('names a program that is not there, and a port that is taken', async () => {
    await expect(start({ program: join(directory, 'nothing') })).rejects.toMatchObject({
      code: 'bad_setting',
      message: expect.stringContaining('CROSSBAR_PROGRAM'),
    });
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(start({ program: program(), port })).rejects.toThrow(`port ${port} is taken on 127.0.0.1`);
    taken.close();
  });
});

describe("Crossbar's directory", () => {
  it('finds all of the site in it, and takes nothing of what another Crossbar left there', () => {
    const [site, node] = [join(directory, 'site'), join(directory, 'node')];
    for (const made of [site, node]) mkdirSync(made);
    for (const name of ['config.json', 'server_cert.pem', 'node.pid', 'key.priv'])
      writeFileSync(join(site, name), 'site');
    for (const name of ['node.pid', 'key.priv', 'gone.pem']) writeFileSync(join(node, name), 'node');
    makeNodeDirectory(node, site, null);
    expect(readFileSync(join(node, 'server_cert.pem'), 'utf8')).toBe('site');
    expect(readFileSync(join(node, 'config.json'), 'utf8')).toBe('site');
    expect(readFileSync(join(node, 'key.priv'), 'utf8')).toBe('node');
    for (const name of ['node.pid', 'gone.pem']) expect(() => lstatSync(join(node, name))).toThrow();
    makeNodeDirectory(node, site, 'made');
    expect(readFileSync(join(node, 'config.json'), 'utf8')).toBe('made');
    expect(readFileSync(join(site, 'config.json'), 'utf8')).toBe('site');
  });

  it('says what mends a directory that can not be used', () => {
    const [site, file] = [join(directory, 'site'), join(directory, 'file')];
    mkdirSync(site);
    writeFileSync(file, '');
    const inTheWay = (path: string) => `${JSON.stringify(path)} (SISOCK_DATA_DIR) can't be used: `;
    expect(() => makeNodeDirectory(file, site, null)).toThrow(`${inTheWay(file)}EEXIST; a file is in the way`);
    const below = join(file, 'node');
    expect(() => makeNodeDirectory(below, site, null)).toThrow(`${inTheWay(below)}ENOTDIR; a file is in the way`);
    const asSite = `directory ${JSON.stringify(file)} can't be read: ENOTDIR; a file is in the way`;
    expect(() => makeNodeDirectory(join(directory, 'node'), file, null)).toThrow(asSite);
  });
});

describe("a site's configuration of Crossbar", () => {
  const read = (env: Record<string, string> = {}) =>
    readCrossbarSite(
      readSettings(crossbarSettings, { CROSSBAR_DIR: directory, SISOCK_DATA_DIR: join(directory, 'data'), ...env }),
      silentLogger(),
    );
  const users = { server: { secret: 'of-the-server', role: 'server' } };
  const own = (paths: object, endpoint: object = { type: 'tcp', port: 8001 }) =>
    JSON.stringify({
      version: 2,
      workers: [
        { type: 'router', realms: [{ name: 'test_realm' }], transports: [{ type: 'web', endpoint, paths }] },
        { type: 'container' },
      ],
    });
  const save = (text: string) => writeFileSync(join(directory, 'config.json'), text);

  it('is taken as it is, edited or not', () => {
    save(own({ '/': { type: 'static' }, wamp: { type: 'websocket', auth: { wampcra: { type: 'static', users } } } }));
    const site = read();
    expect(site.configuration).toBeNull();
    expect(site.hub).toEqual({ url: 'ws://127.0.0.1:8001/wamp', secret: 'of-the-server', caFile: undefined });
  });

  it('is made where there is none but secrets are set', () => {
    const site = read({ WAMP_SECRET: 'a', CONSUMER_SECRET: 'b', CROSSBAR_OCS_PORT: '9001' });
    expect(JSON.parse(site.configuration ?? '')).toMatchObject({ version: 2 });
    expect(site.ports).toEqual([{ host: '127.0.0.1', port: 9001, tls: null, paths: ['/ws'] }]);
    expect(site.hub.secret).toBe('a');
  });

  it('is asked for when the directory is empty: the mount was forgotten', () => {
    expect(() => read()).toThrow("mount the site's directory there (./.crossbar:/app/.crossbar:ro)");
  });

  it.each([
    ['{ "version": 2,', 'config.json" is no JSON ('],
    ['[]', 'is no JSON object'],
    [own({ ws: { type: 'websocket', auth: { anonymous: {} } } }), 'lets no user "server" in on any WebSocket'],
    ['{"workers":[{"realms":[{"name":"other"}]}]}', 'has no realm "test_realm" (WAMP_REALM); it has other'],
    [
      own({}, { type: 'tcp', port: 8080, tls: { key: 'k.pem', certificate: 'c.pem' } }),
      'c.pem" (CROSSBAR_CERT) is not there',
    ],
  ])('is refused with one line: %s', (text, message) => {
    save(text);
    expect(() => read()).toThrow(message);
  });

  it('tells all ports, whatever stands in it', () => {
    const configuration = parseConfiguration(own({ ws: 'x' }, { type: 'tcp', interface: '::', port: 1 }), 'x');
    expect(portsOf(configuration, 'server')).toEqual([{ host: '::1', port: 1, tls: null, paths: [] }]);
    expect(realmsOf(configuration)).toEqual(['test_realm']);
    expect(portsOf({ workers: 3 }, 'server')).toEqual([]);
  });
});
