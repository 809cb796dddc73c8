import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SisockError } from '@sisock/core';
import {
  closeAll,
  createLogger,
  environment,
  listenError,
  type Logger,
  logLevelSetting,
  logLevels,
  readSettings,
  residentMegabytes,
  runUntilSignal,
  silentLogger,
  systemClock,
} from '@sisock/runtime';

/** A logger that only remembers. */
function recordingLogger() {
  const lines: string[] = [];
  const at = (level: string) => (fields: object, message: string) => lines.push(`${level} ${message}`);
  const log = { info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') };
  return { lines, log: log as unknown as Logger };
}

describe('loggers', () => {
  it('that are silent say nothing at any level', () => {
    const log = silentLogger();
    expect(log.isLevelEnabled('fatal')).toBe(false);
    expect(log.child({ part: 'x' }).isLevelEnabled('fatal')).toBe(false);
  });

  it('take the names of levels that the original took', () => {
    for (const level of logLevels) {
      expect(readSettings({ LOGLEVEL: logLevelSetting }, { LOGLEVEL: level }).LOGLEVEL).toBe(level);
      expect(createLogger({ level }).level).toBe(level === 'critical' ? 'fatal' : level);
    }
    expect(readSettings({ LOGLEVEL: logLevelSetting }, {}).LOGLEVEL).toBe('info');
  });
});

describe('closeAll', () => {
  it('closes in reverse, whatever fails', async () => {
    const closed: string[] = [];
    const service = (name: string, fails = false) => ({
      close: async () => {
        closed.push(name);
        if (fails) throw new Error('x');
      },
    });
    const { log, lines } = recordingLogger();
    await closeAll([service('a'), service('b', true), service('c')], log);
    expect(closed).toEqual(['c', 'b', 'a']);
    expect(lines).toEqual(['warn closing failed']);
  });
});

describe('the process', () => {
  it('knows the time, its memory and its environment', () => {
    expect(systemClock()).toBeGreaterThan(1.7e9);
    expect(residentMegabytes()).toBeGreaterThan(1);
    expect(environment()['PATH']).toBeDefined();
  });

  it('explains why it can not listen', async () => {
    const first = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => first.once('listening', resolve));
    const { port } = first.address() as { port: number };
    const second = createServer();
    const thrown = await new Promise((resolve) => second.once('error', resolve).listen(port, '127.0.0.1'));
    expect(listenError(thrown, '127.0.0.1', port, 'PORT')).toMatchObject({
      code: 'bad_setting',
      message: `PORT ${port} is taken on 127.0.0.1: choose another`,
    });
    await new Promise((resolve) => first.close(resolve));
    expect(listenError({ code: 'EACCES' }, 'h', 80, 'PORT').message).toBe("can't listen on h:80 (PORT): EACCES");
  });
});

describe('runUntilSignal', () => {
  const names = ['SIGINT', 'SIGTERM', 'unhandledRejection', 'uncaughtException'] as const;
  let exited: Promise<number>;
  let before: Map<string, unknown[]>;
  beforeEach(() => {
    before = new Map(names.map((name) => [name, process.listeners(name as 'SIGINT')]));
    exited = new Promise((resolve) => {
      jest.spyOn(process, 'exit').mockImplementation(((status: number) => resolve(status)) as never);
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    for (const name of names) {
      for (const listener of process.listeners(name as 'SIGINT')) {
        if (!before.get(name)!.includes(listener)) process.removeListener(name, listener);
      }
    }
  });

  it('closes what it started and ends well after a signal', async () => {
    const { log } = recordingLogger();
    let closed = false;
    let signal: AbortSignal | undefined;
    const running = runUntilSignal(
      async (given) => {
        signal = given;
        return { close: async () => void (closed = true) };
      },
      { log },
    );
    process.emit('SIGTERM');
    await running;
    expect([closed, signal!.aborted, await exited]).toEqual([true, true, 0]);
  });

  it('reports every line of what kept it from starting, and fails', async () => {
    const { log, lines } = recordingLogger();
    await runUntilSignal(() => Promise.reject(new SisockError('bad_setting', 'A is wrong\nB is wrong')), { log });
    expect(lines).toEqual(['fatal A is wrong', 'fatal B is wrong']);
    expect(await exited).toBe(1);
  });

  it('closes and fails when what it runs fails', async () => {
    const { log, lines } = recordingLogger();
    let closed = false;
    const failed = Promise.reject(new SisockError('name_taken', 'another holds the name'));
    await runUntilSignal(async () => ({ failed, close: async () => void (closed = true) }), { log });
    expect([closed, await exited]).toEqual([true, 1]);
    expect(lines).toEqual(['fatal another holds the name']);
  });

  it('gives up waiting for what does not close, after a failure as after a signal', async () => {
    const { log, lines } = recordingLogger();
    const never = () => new Promise<void>(() => {});
    const failed = Promise.reject(new SisockError('unavailable', 'gone'));
    void runUntilSignal(async () => ({ failed, close: never }), { log, stopWithinMs: 1 });
    expect(await exited).toBe(1);
    expect(lines).toContain('error did not stop in time');
  });

  it('says when closing failed after a signal', async () => {
    const { log, lines } = recordingLogger();
    const close = () => Promise.reject(new Error('stuck'));
    const running = runUntilSignal(async () => ({ close }), { log });
    process.emit('SIGINT');
    await running;
    expect(lines).toEqual(['info stopping', 'warn closing failed']);
  });
});
