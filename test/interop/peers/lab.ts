import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from '@sisock/testkit';
import { type ComposeService, type ImageTarget, readComposeFile, readDockerfile, readService } from './compose-file.js';
import { type MariadbPeer, startMariadb } from './mariadb.js';
import { type PeerProcess, repositoryDir, startProcess, venvBin } from './peer-process.js';
import { runSisock } from './sisock.js';
import { until } from './until.js';

/** A service that runs as a plain process. */
export interface LabService {
  readonly name: string;
  output(): string;
  readonly running: boolean;
  isReady(): Promise<boolean>;
  /** What `sisock health` says of it; null for services that are not of sisock. */
  health(): Promise<{ readonly status: number | null; readonly output: string } | null>;
  stop(): Promise<void>;
}

/** A site's services as plain processes of this machine: one loopback for all, free ports in the place of the usual ones. */
export interface Lab {
  /** The site's directory. */
  readonly dir: string;
  readonly services: ReadonlyMap<string, ComposeService>;
  /** Made with the services that need it. */
  readonly database: MariadbPeer;
  /** Where sisock-http is published. */
  readonly httpUrl: string;
  /** Where agents join. */
  readonly agentUrl: string;
  /** Settings for who joins from this machine, where the ports are not the usual ones. */
  readonly ports: Readonly<Record<string, string>>;
  /** Edits a file of the site, as a technician would. */
  edit(path: string, ...changes: readonly (readonly [string | RegExp, string])[]): Promise<void>;
  /** Starts a service; resolves when it is healthy, as `depends_on` waits for it. */
  start(name: string): Promise<LabService>;
  /** Starts a service by a block that is not in the file; resolves at once. */
  startBlock(name: string, block: Readonly<Record<string, unknown>>): Promise<LabService>;
  /** The directory that a volume is kept in. */
  volume(name: string): string;
  close(): Promise<void>;
}

/** Nothing of this process's environment reaches a service but where programs are. */
const cleared = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
const dockerHub = { ocs: 'docker.io/simonsobs/ocs', database: 'docker.io/library/mariadb' };
/** Older names of images, which docs tell to tag. */
const olderNames: Readonly<Record<string, string>> = { 'sisock-thermometry-server': 'sisock-data-feed-server' };
/** Directories that our images have. */
const inImage = ['/var/lib/sisock', '/data'];

/** Makes a site by `sisock site init`; `weather` are the files that the image of the weather service holds. */
export async function makeLab(weather: string): Promise<Lab> {
  const root = await mkdtemp(join(tmpdir(), 'sisock-lab-'));
  const dir = join(root, 'site');
  const data = join(root, 'data');
  // Containers' users may write there, as init-docker-env.sh sees to.
  await mkdir(data);
  await chmod(data, 0o777);
  const words = ['site', 'init', 'lab', '--directory', dir, '--host', 'localhost', '--data', data];
  const made = await runSisock(words, {}, root);
  if (made.status !== 0) throw new Error(made.output);
  const services = readComposeFile(dir);
  const targets = readDockerfile();
  const ports = new Map<string, { readonly address: string; readonly port: number }>();
  for (const [name, service] of services) {
    for (const { address, container } of service.ports) {
      ports.set(`${name}:${container}`, { address: address ?? '0.0.0.0', port: await freePort() });
    }
  }
  const owners = new Map([...services].flatMap(([name, { names }]) => names.map((alias) => [alias, name] as const)));
  const running: LabService[] = [];
  let database: MariadbPeer | undefined;

  const reached = (service: string, port: number) => ports.get(`${service}:${port}`)?.port ?? port;
  const volume = (name: string) => join(root, 'volumes', name);
  const onHost = (source: string) =>
    source.startsWith('/') ? source : source.startsWith('.') ? join(dir, source) : volume(source);

  /** The path of this machine that a path within a container is: below a mount, else in a directory of its own. */
  const pathOf = (name: string, service: ComposeService, path: string): string => {
    const mount = service.mounts.find(({ target }) => path === target || path.startsWith(`${target}/`));
    if (mount !== undefined) return onHost(mount.source) + path.slice(mount.target.length);
    if (path === '/data' && service.image.includes('sisock-weather-server')) return weather;
    const own = join(root, 'containers', name, path);
    if (inImage.includes(path)) mkdirSync(own, { recursive: true });
    return own;
  };

  /** Makes what is mounted appear in the container's directory; as an engine does, it wants to find it. */
  const mountAll = (name: string, { mounts }: ComposeService): void => {
    for (const { source, target } of mounts) {
      const [from, to] = [onHost(source), join(root, 'containers', name, target)];
      if (!/^[./]/.test(source)) mkdirSync(from, { recursive: true });
      if (!existsSync(from)) throw new Error(`${name} can't be started: ${from} is not there`);
      mkdirSync(dirname(to), { recursive: true });
      rmSync(to, { force: true });
      symlinkSync(from, to);
    }
  };

  const environmentOf = async (name: string, service: ComposeService, image: ImageTarget['environment']) => {
    // Programs are where they are on this machine.
    const { PATH: _path, ...fromImage } = image;
    const found: Record<string, string> = { ...fromImage, ...service.environment };
    for (const [key, value] of Object.entries(found)) {
      if (value.startsWith('/')) found[key] = pathOf(name, service, value);
      else {
        found[key] = value.replace(/\/\/([\w-]+):(\d+)/, (whole, host: string, port: string) => {
          const owner = owners.get(host);
          return owner === undefined ? whole : `//localhost:${reached(owner, Number(port))}`;
        });
      }
    }
    const host = found['CROSSBAR_HOST'];
    if (host !== undefined && owners.has(host)) {
      found['CROSSBAR_HOST'] = 'localhost';
      found['CROSSBAR_TLS_PORT'] = String(reached(owners.get(host)!, Number(found['CROSSBAR_TLS_PORT'] ?? 8080)));
      found['CROSSBAR_OCS_PORT'] = String(reached(owners.get(host)!, Number(found['CROSSBAR_OCS_PORT'] ?? 8001)));
    }
    if (found['SQL_HOST'] === 'database')
      Object.assign(found, { SQL_HOST: 'localhost', SQL_PORT: String(database?.port) });
    if (found['HEALTH_PORT']) found['HEALTH_PORT'] = String(await freePort());
    // Within a container all of its network is its own; outside it is what is published.
    const published = service.ports[0];
    if (found['SISOCK_BIND'] && published) found['SISOCK_BIND'] = published.address ?? '0.0.0.0';
    if (found['PORT']) found['PORT'] = String(reached(name, Number(found['PORT'])));
    return found;
  };

  const begin = async (name: string, service: ComposeService): Promise<LabService> => {
    const image = service.image.replace(/:[^/:]*$/, '');
    await rm(join(root, 'containers', name), { recursive: true, force: true });
    mountAll(name, service);
    if (image === dockerHub.database) return startDatabase(name, service);
    const cwd = join(root, 'containers', name);
    await mkdir(cwd, { recursive: true });
    const short = image.slice(image.lastIndexOf('/') + 1);
    const target = targets.get(olderNames[short] ?? short);
    const isOcs = image === dockerHub.ocs;
    if (target === undefined && !isOcs) throw new Error(`${service.image} is no target of the Dockerfile`);
    const own = target?.environment ?? { OCS_CONFIG_DIR: '/config' };
    const env = await environmentOf(name, service, own);
    const PATH = `${venvBin('')}:${process.env['PATH'] ?? ''}`;
    const options = { cwd, env: { ...cleared, PATH, HOME: cwd, ...env } };
    const words = service.command ?? target?.command ?? [];
    const peer: PeerProcess = isOcs
      ? startProcess(name, venvBin('ocs-agent-cli'), [...words, '--site-host', service.hostname ?? ''], options)
      : startProcess(
          name,
          process.execPath,
          [join(repositoryDir, 'packages/stack/dist/bin/sisock.js'), ...words],
          options,
        );
    const { HEALTH_PORT: healthPort } = env;
    return {
      name,
      output: () => peer.output(),
      get running() {
        return peer.running;
      },
      isReady: async () => !healthPort || (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).ok,
      health: async () => (healthPort ? runSisock(['health'], { HEALTH_PORT: healthPort }, cwd) : null),
      stop: () => peer.stop(),
    };
  };

  /** What the entrypoint of the official image does at its first start. */
  const startDatabase = async (name: string, service: ComposeService): Promise<LabService> => {
    const { MARIADB_DATABASE: schema, MARIADB_USER: user, MARIADB_PASSWORD: password } = service.environment;
    const options = (service.command ?? []).slice(1).map((word) => {
      const [option, value] = word.split(/=(.*)/s);
      return value?.startsWith('/') ? `${option}=${pathOf(name, service, value)}` : word;
    });
    const peer = (database = await startMariadb({ arguments: options }));
    await peer.root(
      null,
      `CREATE DATABASE \`${schema}\``,
      `CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'`,
      `GRANT ALL ON \`${schema}\`.* TO '${user}'@'%'`,
    );
    return {
      name,
      output: () => '',
      running: true,
      isReady: () => Promise.resolve(true),
      health: () => Promise.resolve(null),
      stop: () => peer.stop(),
    };
  };

  const lab: Lab = {
    dir,
    services,
    get database() {
      if (database === undefined) throw new Error('the database was not started');
      return database;
    },
    httpUrl: `http://127.0.0.1:${reached('sisock-http', 5000)}`,
    agentUrl: `ws://127.0.0.1:${reached('sisock-crossbar', 8001)}/ws`,
    ports: {
      CROSSBAR_TLS_PORT: String(reached('sisock-crossbar', 8080)),
      CROSSBAR_OCS_PORT: String(reached('sisock-crossbar', 8001)),
      PORT: String(reached('sisock-http', 5000)),
    },
    edit: async (path, ...changes) => {
      const file = join(dir, path);
      let text = await readFile(file, 'utf8');
      for (const [what, by] of changes) {
        const edited = text.replace(what, by);
        if (edited === text) throw new Error(`${path} has no ${what}`);
        text = edited;
      }
      await writeFile(file, text);
    },
    start: async (name) => {
      const service = services.get(name);
      if (service === undefined) throw new Error(`docker-compose.yaml has no service ${name}`);
      const started = await begin(name, service);
      running.push(started);
      // One that ended does not become healthy.
      await until(`${name} healthy`, async () => !started.running || started.isReady()).catch(() => false);
      if (!started.running || !(await started.isReady())) throw new Error(`${name}: ${started.output()}`);
      return started;
    },
    startBlock: async (name, block) => {
      const started = await begin(name, readService(name, block, dir, {}));
      running.push(started);
      return started;
    },
    volume,
    close: async () => {
      await Promise.all(running.map((one) => one.stop()));
      await rm(root, { recursive: true, force: true });
    },
  };
  // The router's ports are where its published ones are.
  const published = (port: number) => ports.get(`sisock-crossbar:${port}`)!;
  const config = JSON.parse(await readFile(join(dir, '.crossbar/config.json'), 'utf8')) as RouterConfiguration;
  for (const { transports } of config.workers) {
    for (const { endpoint } of transports ?? []) {
      const { address, port } = published(endpoint.port);
      Object.assign(endpoint, { port, interface: address });
    }
  }
  await writeFile(join(dir, '.crossbar/config.json'), JSON.stringify(config));
  return lab;
}

interface RouterConfiguration {
  readonly workers: readonly { readonly transports?: readonly { readonly endpoint: { readonly port: number } }[] }[];
}
