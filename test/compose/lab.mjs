/** A lab's containers, as podman-compose starts them from a site's directory. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { containersEnvironment } from './engine.mjs';
import { run } from './tools.mjs';

const env = containersEnvironment();

export const podman = (...args) => run('podman', args, { env });

/** Waits until `ask` gives something; what it threw last is in the message where it never does. */
export async function until(what, ask, withinMs = 120_000, everyMs = 500) {
  const end = Date.now() + withinMs;
  let last = '';
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      last = ` (${error.message})`;
    }
    if (Date.now() > end) throw new Error(`not within ${withinMs / 1000} s: ${what}${last}`);
    await sleep(everyMs);
  }
}

/**
 * `podman-compose` in a site's directory. Podman leaves health checks to systemd, which may not be there: they are run
 * here, as often as the compose file says or more often, while `work` goes on.
 */
export class Lab {
  constructor({ program, directory, name, profiles = [] }) {
    Object.assign(this, { program, directory, name });
    this.profiles = profiles.flatMap((profile) => ['--profile', profile]);
    /** Milliseconds from the start of a container to its first good health check, by service. */
    this.healthyAfter = new Map();
  }

  /** All services that the profiles have, but for those left out. */
  services(leftOut = []) {
    const names = run(this.program, [...this.profiles, 'config', '--services'], { cwd: this.directory, env });
    return names.split('\n').filter((line) => /^[\w-]+$/.test(line) && !leftOut.includes(line));
  }

  async compose(...args) {
    const child = spawn(this.program, [...this.profiles, ...args], { cwd: this.directory, env });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
    const ended = new Promise((resolve) => child.once('close', resolve));
    const stop = new AbortController();
    const checking = this.#checkHealth(stop.signal);
    const status = await ended;
    stop.abort();
    await checking;
    if (status !== 0) throw new Error(`podman-compose ${args.join(' ')} ended with ${status}:\n${said.slice(-4000)}`);
    return said;
  }

  container(service) {
    return `${this.name}_${service}_1`;
  }

  inspect(service) {
    const [found] = JSON.parse(podman('inspect', this.container(service)));
    return found;
  }

  /** One health check, now. True: healthy. */
  isHealthy(service) {
    const { status } = spawnSync('podman', ['healthcheck', 'run', this.container(service)], { env });
    if (status === 0 && !this.healthyAfter.has(service)) {
      this.healthyAfter.set(service, Date.now() - Date.parse(this.inspect(service).State.StartedAt));
    }
    return status === 0;
  }

  hasHealthCheck(service) {
    return (this.inspect(service).Config.Healthcheck?.Test ?? []).length > 0;
  }

  logs(service, lines = 40) {
    const { stdout, stderr } = spawnSync('podman', ['logs', '--tail', String(lines), this.container(service)], {
      encoding: 'utf8',
      env,
    });
    return `${stdout}${stderr}`;
  }

  /** Ends the first process of a container, as a crash would. @returns its number */
  crash(service) {
    const pid = this.inspect(service).State.Pid;
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  /** Megabytes of memory that the processes of a container have for themselves (shared pages by their share). */
  megabytes(service) {
    const children = new Map();
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      const parent = readOr('', `/proc/${pid}/stat`)
        .replace(/^.*\) \S /s, '')
        .split(' ')[0];
      children.set(parent, [...(children.get(parent) ?? []), pid]);
    }
    const all = [String(this.inspect(service).State.Pid)];
    for (let i = 0; i < all.length; i++) all.push(...(children.get(all[i]) ?? []));
    const kilobytes = all.map((pid) =>
      Number(/^Pss:\s+(\d+)/m.exec(readOr('', `/proc/${pid}/smaps_rollup`))?.[1] ?? 0),
    );
    return Math.round(kilobytes.reduce((sum, one) => sum + one, 0) / 1000);
  }

  async #checkHealth(signal) {
    while (!signal.aborted) {
      const names = spawnSync('podman', ['ps', '--format', '{{.Names}}'], { encoding: 'utf8', env }).stdout.split('\n');
      for (const name of names.filter((one) => one.startsWith(`${this.name}_`))) {
        const service = name.slice(this.name.length + 1, -2);
        if (signal.aborted) break;
        if (!this.healthyAfter.has(service)) this.isHealthy(service);
        await sleep(50);
      }
      await sleep(300);
    }
  }
}

function readOr(fallback, path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
