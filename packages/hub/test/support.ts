import { readFileSync } from 'node:fs';
import { createMetrics, type Metrics, silentLogger } from '@sisock/runtime';
import { freePort } from '@sisock/testkit';
import { createRouter, type Listener, permissionsFrom, type Router } from '@sisock/router';
import { connectSession, hubUris, type Kwargs, type WampSession } from '@sisock/wamp';
import { type HubOptions, type HubService, startHub } from '@sisock/hub';

const table = JSON.parse(readFileSync(new URL('../../../crossbar/roles.json', import.meta.url), 'utf8')) as unknown;
const secret = 'a secret of this test';

/** A router on a free port that can be restarted on it, a hub, and sessions; `close` ends all of it. */
export class Bench {
  metrics: Metrics = createMetrics();
  #router: Router | null = null;
  #listener: Listener | null = null;
  readonly #sessions: WampSession[] = [];
  readonly #hubs: HubService[] = [];
  #port = 0;

  static async start(): Promise<Bench> {
    const bench = new Bench();
    bench.#port = await freePort();
    await bench.startRouter();
    return bench;
  }

  async startRouter(): Promise<void> {
    const roles = permissionsFrom(table, { baseUri: 'org.simonsobservatory', addressRoots: ['observatory'] });
    this.#router = createRouter({ roles });
    this.#listener = await this.#router.listen({
      port: this.#port,
      auth: { wampcra: { users: { server: { secret, role: 'server' }, eye: { secret, role: 'consumer' } } } },
    });
  }

  async stopRouter(): Promise<void> {
    await this.#router?.close();
    this.#router = null;
  }

  /** A session that joined, as a data node's (or another user's). */
  async session(authid = 'server'): Promise<WampSession> {
    const session = connectSession({ url: this.#listener!.url, authid, secret, firstDelayMs: 20, maxDelayMs: 50 });
    this.#sessions.push(session);
    await session.ready;
    return session;
  }

  async hub(options: Partial<HubOptions> = {}): Promise<HubService> {
    const session = options.session ?? (await this.session());
    const hub = await startHub({
      session,
      log: silentLogger(),
      metrics: this.metrics,
      clock: () => 1_500_000_000,
      graceMs: 300,
      ...options,
    });
    this.#hubs.push(hub);
    return hub;
  }

  async close(): Promise<void> {
    for (const service of [...this.#hubs, ...this.#sessions]) await service.close();
    await this.stopRouter();
  }
}

export function add(node: WampSession, name: string, kwargs: Kwargs = {}, description = `about ${name}`) {
  return node.call(hubUris.add, [name, description, node.details?.sessionId], kwargs);
}

export function subtract(node: WampSession, name: string, session = node.details?.sessionId) {
  return node.call(hubUris.subtract, [name, session]);
}

export async function listed(session: WampSession): Promise<string[]> {
  const nodes = (await session.call(hubUris.getDataNode)) as { name: string }[];
  return nodes.map(({ name }) => name);
}
