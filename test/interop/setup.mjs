/**
 * Installs the real peers (Crossbar, autobahn-python, OCS) from PyPI into a virtual environment of their own, once:
 * `.cache/python/<hash of the pinned requirements>`; mariadb.mjs does the same for a MariaDB server. Jest runs it before the first interop test. It never skips: what
 * is missing ends the run with a message that says what to do.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { installMariadb } from './mariadb.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const cacheDir = join(here, '../../.cache/python');
const requirements = join(here, 'python/requirements.txt');
const constraints = join(here, 'python/constraints.txt');
const oldestPython = [3, 11];
const installDeadlineMs = 20 * 60_000;
const lockPollMs = 500;

const started = Date.now();
export const say = (text) =>
  process.stderr.write(`[interop ${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s] ${text}\n`);

/** The first interpreter on the path that is new enough and can make a virtual environment. */
function findPython() {
  const seen = [];
  for (const name of ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11']) {
    const probe = 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])';
    const { status, stdout, stderr } = spawnSync(name, ['-c', probe], { encoding: 'utf8' });
    if (status === null) continue;
    if (status !== 0) {
      seen.push(`${name}: ${stderr.trim().split('\n').at(-1)}`);
      continue;
    }
    const version = stdout.trim();
    const [major, minor] = version.split('.').map(Number);
    if (major === oldestPython[0] && minor >= oldestPython[1]) return { name, version };
    seen.push(`${name} is ${version}`);
  }
  throw new Error(
    `The interop tests need Python >= ${oldestPython.join('.')} with venv and pip (Debian: apt install python3-venv). ` +
      `Found: ${seen.join('; ') || 'no python3 at all'}.`,
  );
}

export function run(command, args, label, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    const tick = setInterval(() => say(`${label}: still at it`), 30_000);
    const deadline = setTimeout(() => child.kill('SIGKILL'), installDeadlineMs);
    const finish = (problem) => {
      clearInterval(tick);
      clearTimeout(deadline);
      if (problem) reject(new Error(`${label} failed (${problem}):\n${output.split('\n').slice(-25).join('\n')}`));
      else resolve();
    };
    child.on('error', (e) => finish(e.message));
    child.on('close', (code, signal) => finish(code === 0 ? '' : `exit ${code ?? signal}`));
  });
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return e.code === 'EPERM';
  }
}

/** One installer at a time: others wait for it; the lock of a process that died is taken over. */
export async function withLock(path, work) {
  let told = false;
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' });
      break;
    } catch (e) {
      if (e.code !== 'EEXIST') throw e;
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => '0'));
    const age =
      Date.now() -
      (await stat(path).then(
        (s) => s.mtimeMs,
        () => Date.now(),
      ));
    if (holder > 0 ? !alive(holder) : age > 5_000) {
      await rm(path, { force: true });
      continue;
    }
    if (!told) say(`waiting for process ${holder}, which installs the peers`);
    told = true;
    await sleep(lockPollMs);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

export default async function setup() {
  const python = findPython();
  const wanted = await Promise.all([readFile(requirements), readFile(constraints)]);
  const key = createHash('sha256')
    .update(python.version)
    .update(wanted[0])
    .update(wanted[1])
    .digest('hex')
    .slice(0, 16);
  const venv = join(cacheDir, key);
  const done = join(venv, 'installed');
  await mkdir(cacheDir, { recursive: true });
  if (!existsSync(done)) {
    await withLock(join(cacheDir, `${key}.lock`), async () => {
      if (existsSync(done)) return;
      await rm(venv, { recursive: true, force: true });
      say(`making a virtual environment with ${python.name} ${python.version}`);
      await run(python.name, ['-m', 'venv', venv], 'python -m venv');
      say('installing crossbar, autobahn, ocs and so3g from PyPI (1.1 GB, some minutes)');
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
      await run(join(venv, 'bin/python'), [...pip, '-r', requirements, '-c', constraints], 'pip install');
      await run(join(venv, 'bin/python'), ['-c', 'import crossbar, ocs, so3g, autobahn, cbor2, msgpack'], 'import');
      await writeFile(done, `${new Date().toISOString()}\n`);
      say('peers installed');
    });
  }
  say(`peers ready in .cache/python/${key}`);
  process.env.SISOCK_INTEROP_VENV = venv;
  const tools = { cacheDir: join(here, '../../.cache/mariadb'), say, run, withLock };
  process.env.SISOCK_INTEROP_MARIADB = await installMariadb(tools);
}
