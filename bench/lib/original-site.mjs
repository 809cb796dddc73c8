import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { run, say, withLock } from '../../test/interop/setup.mjs';
import { cacheDir } from './peer-store.mjs';
import { freePort, ownDirectory, startProgram } from './processes.mjs';
import { peerProgram } from './routers.mjs';

/** What the original's bridge needs beyond the interop peers, from PyPI. */
const packages = ['klein==24.8.0', 'werkzeug==3.1.9', 'tubes==0.2.1', 'incremental==24.11.0', 'markupsafe==3.0.4'];

/** Users of the original's own: its bridge has its name and secret in its source. */
export function originalUsers(directory) {
  const source = readFileSync(join(directory, bridgePath), 'utf8');
  const [, authid, secret] = /"authid": u"([^"]+)",\s*u"secret": u"([^"]+)"/.exec(source) ?? [];
  if (authid === undefined) throw new Error(`${bridgePath} of ${directory} is not the original's bridge`);
  return { [authid]: { role: 'server', secret } };
}

const bridgePath = 'components/grafana_server/grafana_http_json.py';
const nodePath = 'components/data_node_servers/weather/server_example_weather.py';

/** The original's hub, weather node and bridge on a Crossbar, over wss as they always were. `url` is the bridge's. */
export async function startOriginal({ directory, crossbar, secret, weather }) {
  const python = await peerProgram('python');
  const site = await installPackages(python);
  const home = ownDirectory('original');
  symlinkSync(crossbar.cbdir, join(home, '.crossbar'));
  symlinkSync(weather, join(home, 'example_data'));
  const port = await freePort();
  const env = {
    PYTHONPATH: `${directory}:${site}`,
    PYTHONUNBUFFERED: '1',
    TZ: 'UTC',
    CROSSBAR_HOST: 'localhost',
    CROSSBAR_TLS_PORT: String(crossbar.tlsPort),
    WAMP_SECRET: secret,
    PORT: String(port),
  };
  const part = (args) => startProgram(python, args, { env, cwd: home });
  const url = `wss://localhost:${crossbar.tlsPort}/ws`;
  const hub = part([join(import.meta.dirname, 'original-hub.py'), directory, url]);
  await hub.line(/Registration ID \d+: org\.simonsobservatory\.consumer\.get_data_node/);
  const node = part([join(directory, nodePath)]);
  await node.line(/Data node registered/);
  const http = part([join(directory, bridgePath)]);
  await http.line(/Subscribed to consumer\.data_node_subtracted/);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => Promise.all([http, node, hub].map((one) => one.stop('SIGKILL'))),
  };
}

async function installPackages(python) {
  const site = join(cacheDir, 'original-python');
  const done = join(site, 'installed');
  if (existsSync(done)) return site;
  mkdirSync(cacheDir, { recursive: true });
  await withLock(`${site}.lock`, async () => {
    if (existsSync(done)) return;
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--upgrade'];
    await run(python, [...pip, '--target', site, ...packages], 'pip install');
    await run('touch', [done], 'touch');
  });
  say('the original can run');
  return site;
}
