import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startHub } from '@sisock/hub';
import { createMetrics, readSettings, silentLogger, systemClock } from '@sisock/runtime';
import { localRouter, type LocalRouter, until } from '@sisock/testkit';
import type { WampSession } from '@sisock/wamp';
import { sensorsSettings, startSensors } from '../src/index.js';
import {
  expected,
  expectedHwmon,
  hwmonTree,
  keptLog,
  printed,
  printing,
  scratch,
  standIn,
  writeTree,
} from './support.js';

const parts = { log: silentLogger(), metrics: createMetrics(), clock: systemClock };

describe('the sensors node', () => {
  let router: LocalRouter;
  let consumer: WampSession;
  let hub: Awaited<ReturnType<typeof startHub>>;
  let directory: Awaited<ReturnType<typeof scratch>>;
  let close: () => Promise<void>;
  beforeEach(async () => {
    directory = await scratch();
    router = await localRouter();
    hub = await startHub({ session: await router.session('server'), ...parts });
    consumer = await router.session('consumer');
  });
  afterEach(async () => {
    await close();
    await hub.close();
    await router.close();
    await directory.remove();
  });
  const start = async (env: { PATH: string }, log = parts.log) => {
    const settings = readSettings(sensorsSettings, { HWMON_DIRECTORY: join(directory.path, 'class/hwmon') });
    const session = await router.session('server');
    const node = await startSensors({ ...parts, log, session, settings, env, interval: 0.02 });
    close = () => node.close();
    await node.listed;
    return node;
  };
  const call = (procedure: string, ...args: unknown[]) =>
    consumer.call(`org.simonsobservatory.consumer.sensors.${procedure}`, args);
  const getData = async (fields: readonly string[]) => {
    const answer = await call('get_data', fields, 1, 0);
    return answer as { data: Record<string, number[]>; timeline: Record<string, { t: number[] }> };
  };

  it('serves what a program on the PATH prints, sample after sample', async () => {
    await start(await standIn(directory.path, printing(printed)));
    expect(hub.nodes()).toMatchObject([{ name: 'sensors' }]);
    const [fields, timelines] = (await call('get_fields', 1, 0)) as [Record<string, { units: string }>, object];
    expect(Object.keys(fields).sort()).toEqual(Object.keys(expected).sort());
    expect(fields['coretemp-isa-0000_temp1']).toMatchObject({ units: 'C', timeline: 't', type: 'number' });
    expect(timelines).toMatchObject({ t: { interval: 0.02 } });
    await until(async () => (await getData(['nvme-pci-0100_temp1'])).timeline['t']!.t.length >= 3);
    const { data } = await getData(Object.keys(expected));
    for (const [name, value] of Object.entries(expected)) expect(data[name]![0]).toBe(value);
  });

  it("serves the kernel's files where there is no program", async () => {
    await writeTree(directory.path, hwmonTree);
    await start({ PATH: join(directory.path, 'nothing') });
    const { data } = await getData(Object.keys(expectedHwmon));
    for (const [name, value] of Object.entries(expectedHwmon)) expect(data[name]![0]).toBe(value);
  });

  it('is there on a machine that has no sensors, and says so', async () => {
    const { lines, log } = keptLog();
    const node = await start({ PATH: join(directory.path, 'nothing') }, log);
    expect(await call('get_fields', 1, 0)).toEqual([{}, {}]);
    const before = (await node.reader.health!()).counters['samples_missed']!;
    await until(async () => (await node.reader.health!()).counters['samples_missed']! > before + 2);
    expect(await call('health')).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^this machine has no sensors/),
    });
    expect(lines.filter(({ msg }) => msg.startsWith('this machine has no sensors'))).toHaveLength(1);
  });
});
