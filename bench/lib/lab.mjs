import { freePort, startSisock } from './processes.mjs';

/**
 * Parts of a site on a router, each a process of its own: hub and bridge always, `nodes` by name as words and settings.
 * `env`: settings of all parts, `own.http`: of the bridge. `url` is the bridge's. `addNode` resolves when the bridge serves the node's fields.
 */
export async function startLab(router, nodes = {}, env = {}, own = {}) {
  const common = { ...router.env, ...env };
  const port = await freePort();
  const parts = new Map();
  const start = (name, words, settings = {}) => {
    const part = startSisock(words, { ...common, ...settings });
    parts.set(name, part);
    return part;
  };
  start('hub', ['hub']);
  const http = start('http', ['http'], { PORT: String(port), ...own.http });
  const url = `http://127.0.0.1:${port}`;
  const lab = {
    url,
    parts,
    async addNode(name, { words, env: settings }) {
      const part = start(name, words, settings);
      await part.ready(() => isListed(url, name));
      return part;
    },
    async stop() {
      await Promise.all([...parts.values()].map((part) => part.stop()));
    },
  };
  await http.ready(async () => (await asked(`${url}/`))?.ok);
  await Promise.all(Object.entries(nodes).map(([name, node]) => lab.addNode(name, node)));
  return lab;
}

async function isListed(url, name) {
  const response = await asked(`${url}/api/v1/nodes`);
  if (!response?.ok) return false;
  return (await response.json()).nodes.some((node) => node.name === name);
}

async function asked(address) {
  try {
    return await fetch(address);
  } catch {
    return undefined;
  }
}
