import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@sisock/runtime';
import { listenOn } from '../src/cli/ports.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      servers.push(server);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

const choice = { host: '127.0.0.1', name: 'SOME_PORT', log: silentLogger() };

describe('a port', () => {
  it('that nobody asked for moves on to the next free one', async () => {
    const taken = await listen(0);
    const got = await listenOn({ ...choice, asked: undefined, usual: taken }, listen);
    expect(got).toBeGreaterThan(taken);
  });

  it('that was asked for and is taken is named, with its setting', async () => {
    const taken = await listen(0);
    await expect(listenOn({ ...choice, asked: taken, usual: 1 }, listen)).rejects.toMatchObject({
      code: 'bad_setting',
      message: `SOME_PORT ${taken} is taken on 127.0.0.1: choose another`,
    });
  });

  it('is not searched for when something else is wrong', async () => {
    let tries = 0;
    const broken = () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES', tries: ++tries }));
    await expect(listenOn({ ...choice, asked: undefined, usual: 80 }, broken)).rejects.toMatchObject({
      code: 'bad_setting',
    });
    expect(tries).toBe(1);
  });
});
