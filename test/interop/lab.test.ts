/**
 * The lab of `sisock site init` without containers: each service of its docker-compose.yaml is a process with that service's
 * command (of the Dockerfile), environment and mounts, at a real Crossbar with TLS and a real MariaDB that wants TLS, with
 * real OCS agents.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BridgeClient, bridgeClient } from './peers/bridge.js';
import { type Lab, type LabService, makeLab } from './peers/lab.js';
import { listeningBelow } from './peers/listening.js';
import { repositoryDir, stopAllProcesses } from './peers/peer-process.js';
import { runSisock } from './peers/sisock.js';
import { until } from './peers/until.js';

/** Services of docker-compose.yaml that don't run here, and why. */
const notRun: Readonly<Record<string, string>> = {
  grafana: 'Grafana is no program that can be had here; test/integration checks what it is provisioned with',
  'fake-data1': 'the same program as feeds; its block is that of the guide, which runs below',
  'apex-weather': 'needs files of a telescope; test/integration/apex-archive.test.ts runs it',
  'ucsc-radiometer': 'needs files of a radiometer; packages/weather-servers tests it',
  sensors: 'not every machine has sensors; packages/sensors-server tests it',
};
/** In the order in which compose starts them: what others wait for first. */
const first = ['sisock-crossbar', 'database'];
const then = ['sisock-http', 'feeds', 'g3-file-scanner', 'g3-reader', 'joined', 'weather'];
const agents = ['ocs-registry', 'ocs-aggregator', 'ocs-fake-data1'];

const field = 'observatory.fake-data1.feeds.false_temperatures.channel_00';
const weatherDays = { from: 1_500_163_200, to: 1_501_200_000 };

describe('the lab as plain processes', () => {
  let lab: Lab;
  let bridge: BridgeClient;
  const running = new Map<string, LabService>();
  const began = Date.now() / 1000;

  const start = async (name: string) => void running.set(name, await lab.start(name));
  const now = () => Date.now() / 1000;
  const samples = (name: string, from = began, to = now() + 60) => bridge.samples(name, from, to);
  const render = async (target: string, from: number, until: number) => {
    const body = new URLSearchParams({ target, from: String(from), until: String(until), format: 'json' });
    const answer = await fetch(`${lab.httpUrl}/render`, { method: 'POST', body });
    const series = (await answer.json()) as readonly {
      readonly datapoints: readonly (readonly [number | null, number])[];
    }[];
    return series.flatMap(({ datapoints }) => datapoints.filter(([value]) => value !== null));
  };

  beforeAll(async () => {
    lab = await makeLab(join(repositoryDir, 'test/fixtures/apex-weather'));
    bridge = bridgeClient(lab.httpUrl);
    // Files that end soon, frames that come soon, and the path that /data is outside of the container.
    const data = join(lab.dir, '../data');
    await lab.edit('ocs/lab.yaml', [`'/data/'`, `'${data}'`], [/'3600'/, `'20'`], [/'60'\]/, `'5']`]);
    for (const name of first) await start(name);
    await Promise.all(then.map(start));
    await start(agents[0]!);
    await Promise.all(agents.slice(1).map(start));
  });
  afterAll(async () => {
    await lab?.close();
    await stopAllProcesses();
  });

  it('runs every service of docker-compose.yaml, or says why not', () => {
    const named = [...first, ...then, ...agents, ...Object.keys(notRun)];
    expect([...lab.services.keys()].sort()).toEqual([...named].sort());
    for (const [name, { dependsOn }] of lab.services) {
      if (!first.includes(name) && name !== 'grafana')
        expect(dependsOn.filter((one) => !first.includes(one))).toEqual([]);
    }
  });

  it('is healthy, each part by sisock health', async () => {
    for (const name of ['sisock-crossbar', ...then]) {
      await until(`${name} ready`, async () => {
        expect(await running.get(name)!.health()).toEqual({ status: 0, output: 'ready\n' });
        return true;
      });
    }
    for (const name of agents) expect([name, running.get(name)!.running]).toEqual([name, true]);
  });

  it('answers /query and /render for the weather', async () => {
    const target = 'apex_archive::apex_humidity';
    await until('the weather listed', async () => (await bridge.nodes()).includes('apex_archive'));
    const { from, to } = weatherDays;
    const points = (await bridge.query([target], from, to)).get(target)!;
    expect(points.length).toBeGreaterThan(100);
    expect(await render('apex_archive.apex_humidity', from, to)).not.toEqual([]);
  });

  it('answers /query and /render for the live feed of an OCS agent', async () => {
    const target = `feeds::${field}`;
    await until('samples of the feed', async () => (await samples(target)).length > 3);
    expect((await bridge.query([target], began, now())).get(target)).not.toEqual([]);
    expect(await render(`feeds.${field}`, began, now() + 60)).not.toEqual([]);
  });

  it('answers /query and /render for the g3 files of the aggregator, through ocs::', async () => {
    const live = await samples(`feeds::${field}`);
    const archived = await until('archived samples', async () => {
      const found = await samples(`g3_reader::${field}`);
      return found.length > 3 && found;
    });
    // A live feed that has nothing of before: what ocs:: has of that time is out of files.
    await running.get('feeds')!.stop();
    await rm(lab.volume('feed-log'), { recursive: true });
    await start('feeds');
    const fresh = await until('new samples of the feed', async () => {
      const found = await samples(`feeds::${field}`);
      return found.length > 0 && found;
    });
    const before = archived.filter(({ t }) => t < fresh[0]!.t);
    expect(before.length).toBeGreaterThan(3);
    const joined = await until('both in one timeline', async () => {
      const found = await samples(`ocs::${field}`);
      return found.at(-1)!.t >= fresh.at(-1)!.t && found;
    });
    expect(joined.slice(0, before.length)).toEqual(before);
    expect(joined.filter(({ t }, i) => i > 0 && t <= joined[i - 1]!.t)).toEqual([]);
    const value = new Map(joined.map((one) => [Math.round(one.t * 1e6), one.value]));
    const agreed = live.filter(({ t }) => value.has(Math.round(t * 1e6)));
    expect(agreed.length).toBeGreaterThan(3);
    for (const one of agreed) expect(value.get(Math.round(one.t * 1e6))).toBe(one.value);
    expect((await bridge.query([`ocs::${field}`], began, now())).get(`ocs::${field}`)).not.toEqual([]);
    expect(await render(`ocs.${field}`, began, now() + 60)).not.toEqual([]);
  });

  it('is in order for sisock doctor --site', async () => {
    const look = async () => {
      const { output } = await runSisock(
        ['doctor', '--site', lab.dir, '--json'],
        { DOCTOR_DEADLINE: '60', ...lab.ports },
        join(lab.dir, '..'),
      );
      return (JSON.parse(output) as { findings: { check: string; status: string; message: string }[] }).findings;
    };
    // The feeds were started anew just before: without a sample yet, the joined node rightly says that it misses them.
    const findings = await until('nothing fails', async () => {
      const all = await look();
      expect(all.filter(({ status }) => status === 'fail')).toEqual([]);
      return all;
    });
    const well = findings.filter(({ status }) => status === 'ok').map(({ check }) => check);
    for (const check of ['.env', 'data directory', 'router', 'login server', 'login consumer', 'hub', 'bridge']) {
      expect(well).toContain(check);
    }
    for (const node of ['feeds', 'g3_reader', 'ocs', 'apex_archive']) expect(well).toContain(`node ${node}`);
  });

  it('listens on the loopback alone', () => {
    const found = listeningBelow(process.pid);
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter(({ address }) => address !== '127.0.0.1' && address !== '::1')).toEqual([]);
    // What containers publish is what these processes bind.
    for (const [name, { ports }] of lab.services) {
      for (const { address } of ports) expect([name, address]).toEqual([name, '127.0.0.1']);
    }
  });

  it('listens elsewhere only where it is told to', async () => {
    const block = {
      image: 'sisock-http',
      environment: { SISOCK_ANONYMOUS: 'yes', PORT: '0' },
      ports: ['0.0.0.0:5000:5000'],
      volumes: ['./.crossbar:/app/.crossbar:ro'],
    };
    const open = await lab.startBlock('open-http', block);
    await until('it is ready', () => open.isReady());
    expect(listeningBelow(process.pid).filter(({ address }) => address === '0.0.0.0')).toHaveLength(1);
    await open.stop();
  });

  it('has scanner and reader at work again after the database was killed', async () => {
    await lab.database.kill();
    const parts = ['g3-file-scanner', 'g3-reader'].map((name) => running.get(name)!);
    await until('the loss is told', () => parts.every((part) => part.output().includes('is away')));
    const killed = now();
    await lab.database.start();
    await until('samples of after', async () => (await samples(`g3_reader::${field}`, killed)).length > 0);
    expect(parts.map((part) => part.running)).toEqual([true, true]);
    for (const part of parts) await until(`${part.name} ready`, async () => (await part.health())!.status === 0);
  });
});
