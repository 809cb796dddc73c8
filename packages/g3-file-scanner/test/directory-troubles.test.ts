import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Logger, silentLogger } from '@sisock/runtime';
import { until } from '@sisock/testkit';
import { DirectoryTroubles, probePath } from '../src/directory-troubles.js';
import { type TestTree, testTree } from './support/tree.js';

describe('directories that can not be looked at', () => {
  let answers: Map<string, string>;
  let lines: string[];
  const log = (() => {
    const say = (_: object, text: string) => void lines.push(text);
    return { ...silentLogger(), info: say, warn: say };
  })() as unknown as Logger;
  beforeEach(() => {
    answers = new Map();
    lines = [];
  });
  const make = (options: Partial<ConstructorParameters<typeof DirectoryTroubles>[0]> = {}) =>
    new DirectoryTroubles({ roots: ['/data'], log, probe: async (path) => answers.get(path) ?? null, ...options });

  it('are named in one line with what mends them, the root first that a look finds shut', async () => {
    const troubles = make();
    expect(await troubles.look()).toBe(false);
    expect(troubles.problem).toBeNull();
    answers.set('/data', 'EACCES');
    expect(await troubles.look()).toBe(false);
    expect(troubles.problem).toMatch(
      /^DATA_DIRECTORY \/data can't be read: EACCES; let user \d+ read it \(chown, chmod\)$/,
    );
    answers.set('/data', 'EIO');
    await troubles.look();
    expect(troubles.problem).toBe("DATA_DIRECTORY /data can't be read: EIO; look at the disk, or at the file server");
    expect(lines).toHaveLength(2);
  });

  it('ask for a walk as soon as they are back, and are well when it has met them', async () => {
    const troubles = make();
    const unseen = ['/data/a', '/data/b'].map((path) => ({ path, why: 'EACCES' }));
    for (const { path, why } of unseen) answers.set(path, why);
    troubles.walked({ unseen }, []);
    expect(troubles.problem).toMatch(/^\/data\/a can't be read: EACCES; .* \(and 1 more\)$/);
    expect(await troubles.look()).toBe(false);
    answers.delete('/data/a');
    expect(await troubles.look()).toBe(true);
    // One walk is enough, however long it takes.
    expect(await troubles.look()).toBe(false);
    expect(troubles.problem).toMatch(/^\/data\/a /);
    troubles.walked({ unseen: unseen.slice(1) }, []);
    expect(troubles.problem).toMatch(/^\/data\/b [^(]*\(chown, chmod\)$/);
    expect(lines.at(-1)).toBe('no trouble with /data/a any more');
    answers.clear();
    expect(await troubles.look()).toBe(true);
    troubles.walked({ unseen: [] }, []);
    expect(troubles.problem).toBeNull();
  });

  it('that a walk meets again though a look finds them well do not make it walk without end', async () => {
    const troubles = make();
    const unseen = [{ path: '/data/a', why: 'EIO' }];
    troubles.walked({ unseen }, []);
    expect(await troubles.look()).toBe(true);
    troubles.walked({ unseen }, []);
    for (let i = 0; i < 5; i++) expect(await troubles.look()).toBe(false);
    answers.set('/data/a', 'EIO');
    expect(await troubles.look()).toBe(false);
    answers.clear();
    expect(await troubles.look()).toBe(true);
  });

  it('are told as the directory whose entries they are', () => {
    const troubles = make();
    const entry = (name: string) => ({ path: `/data/shut/${name}`, why: 'EACCES', isEntry: true });
    troubles.walked(
      { unseen: [entry('1.g3'), entry('2.g3'), { path: '/data/deep', why: 'deeper than 16 directories' }] },
      [],
    );
    expect(troubles.problem).toMatch(/^\/data\/shut can't be read: EACCES; [^(]*\(chown, chmod\)$/);
    expect(lines).toHaveLength(1);
  });

  it('are empty where nothing is mounted, until something is there', async () => {
    const troubles = make();
    answers.set('/data', 'empty');
    await troubles.look();
    expect(troubles.problem).toBeNull();
    troubles.walked({ unseen: [] }, ['/data']);
    expect(troubles.problem).toMatch(/^DATA_DIRECTORY \/data is empty though files of it are known; is it mounted\?/);
    expect(await troubles.look()).toBe(false);
    answers.clear();
    expect(await troubles.look()).toBe(true);
  });

  it('are a trouble too while their file system does not answer', async () => {
    let now = 0;
    let answer!: (why: null) => void;
    const troubles = make({
      now: () => now,
      probe: () => new Promise((resolve) => (answer = resolve)),
      patienceSec: 10,
    });
    const looking = troubles.look();
    now = 9.9;
    expect(troubles.problem).toBeNull();
    now = 10;
    expect(troubles.problem).toMatch(/^DATA_DIRECTORY \/data can't be read: ETIMEDOUT; look at the disk/);
    answer(null);
    await looking;
    expect(troubles.problem).toBeNull();
  });

  it('beyond a thousand are not all remembered', () => {
    const troubles = make();
    troubles.walked({ unseen: Array.from({ length: 3000 }, (_, i) => ({ path: `/data/${i}`, why: 'EIO' })) }, []);
    expect(troubles.problem).toMatch(/\(and 999 more\)$/);
  });
});

describe('a quick look at a path', () => {
  it('tells a directory, an empty one, a file, and what is not there', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'probe-'));
    try {
      expect(await probePath(directory)).toBe('empty');
      await writeFile(join(directory, 'a'), '');
      expect(await probePath(directory)).toBeNull();
      expect(await probePath(join(directory, 'a'))).toBeNull();
      expect(await probePath(join(directory, 'b'))).toBe('ENOENT');
      await symlink('loop', join(directory, 'loop'));
      expect(await probePath(join(directory, 'loop'))).toBe('ELOOP');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('the health of a scanner', () => {
  let tree: TestTree;
  beforeEach(async () => {
    tree = await testTree();
  });
  afterEach(() => tree.close());

  it('names a tree that went, and is well again with what is in it, whenever the next scan is due', async () => {
    const root = tree.path('data');
    await tree.write('data/1.g3');
    const scanner = await tree.start({ directories: [root], lookEvery: 0.005 });
    await scanner.firstScan;
    expect(scanner.health().problem).toBeNull();
    await rename(root, tree.path('elsewhere'));
    await until(() => scanner.health().problem !== null);
    expect(scanner.health().problem).toMatch(
      new RegExp(`^DATA_DIRECTORY ${root} can't be read: ENOENT; is it mounted\\?`),
    );
    await tree.write('elsewhere/2.g3');
    await rename(tree.path('elsewhere'), root);
    await until(() => scanner.health().problem === null);
    await until(() => tree.store.blocks.get(join(root, '2.g3'))?.length === 3);
  });

  it('names a tree that is not mounted from the start', async () => {
    const root = tree.path('data');
    for (let i = 0; i < 12; i++) await tree.write(`data/${i}.g3`);
    await tree.once({ directories: [root] });
    await rename(root, tree.path('elsewhere'));
    await mkdir(root);
    const scanner = await tree.start({ directories: [root], lookEvery: 0.005 });
    await scanner.firstScan;
    expect(scanner.health().problem).toMatch(/is empty though files of it are known/);
    await rm(root, { recursive: true });
    await rename(tree.path('elsewhere'), root);
    await until(() => scanner.health().problem === null);
  });

  it('names a file that can not be opened', async () => {
    await symlink('/proc/self/mem', tree.path('1.g3'));
    const scanner = await tree.start();
    await scanner.firstScan;
    expect(scanner.health().problem).toMatch(/^\/.*1\.g3 can't be read; let user \d+ read it, or look at the disk$/);
    await rm(tree.path('1.g3'));
    await scanner.scan();
    expect(scanner.health().problem).toBeNull();
  });
});
