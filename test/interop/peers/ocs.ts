import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess, venvBin } from './peer-process.js';
import type { PeerProcess } from './peer-process.js';
import type { RouterPeer } from './router-peer.js';

export interface OcsAgent {
  /** `RegistryAgent`, `AggregatorAgent`, `FakeDataAgent`, ... */
  readonly agentClass: string;
  readonly instanceId: string;
  readonly arguments: readonly string[];
}

/** An OCS site at a router: agents, and clients that run to their end. */
export interface OcsSite {
  readonly dataDir: string;
  start(instanceId: string): PeerProcess;
  /** Runs a program of the environment (`ocs-client-cli scan`, `python -c ...`); gives its output. */
  run(program: string, args: readonly string[], withinMs?: number): Promise<string>;
  close(): Promise<void>;
}

const HOST = 'interop';

/** Writes the site configuration that OCS reads; JSON is YAML. */
export async function ocsSite(router: RouterPeer, agents: readonly OcsAgent[], root = 'observatory'): Promise<OcsSite> {
  const dir = await mkdtemp(join(tmpdir(), 'sisock-ocs-'));
  const dataDir = join(dir, 'data');
  await mkdir(dataDir);
  const configuration = {
    hub: {
      wamp_server: router.wsUrl,
      wamp_http: `${router.httpUrl}/call`,
      wamp_realm: router.realm,
      address_root: root,
      registry_address: `${root}.registry`,
    },
    hosts: {
      [HOST]: {
        'agent-instances': agents.map((agent) => ({
          'agent-class': agent.agentClass,
          'instance-id': agent.instanceId,
          arguments: agent.arguments.map((a) => a.replace('{data}', dataDir)),
        })),
      },
    },
  };
  await writeFile(join(dir, 'default.yaml'), JSON.stringify(configuration, null, 2));
  const options = {
    env: { OCS_CONFIG_DIR: dir, INSTANCE_ID: undefined, SITE_HUB: undefined, SITE_HTTP: undefined },
    cwd: dir,
  };

  return {
    dataDir,
    start: (instanceId) =>
      startProcess(instanceId, venvBin('ocs-agent-cli'), ['--instance-id', instanceId, '--site-host', HOST], options),
    run: async (program, args, withinMs = 120_000) => {
      const process = startProcess(program, venvBin(program), args, options);
      const timer = setTimeout(() => void process.kill(), withinMs);
      const code = await process.ended;
      clearTimeout(timer);
      if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${process.output()}`);
      return process.output();
    },
    close: () => rm(dir, { recursive: true, force: true }),
  };
}
