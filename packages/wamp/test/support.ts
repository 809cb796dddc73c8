import { readFileSync } from 'node:fs';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { createRouter, permissionsFrom, type Router } from '@sisock/router';
import { freePort } from '@sisock/testkit';
import { connectSession, type SessionOptions, type WampSession } from '@sisock/wamp';

const table = JSON.parse(readFileSync(new URL('../../../crossbar/roles.json', import.meta.url), 'utf8')) as unknown;
export const secret = 'a secret of this test';

/** A router on a port that it keeps through restarts, with a wire in between that can be cut, and sessions. */
export class Bench {
  #router: Router | null = null;
  #routerPort = 0;
  readonly #sessions: WampSession[] = [];
  readonly #wires = new Set<Socket>();
  #proxy: Server | null = null;
  #proxyPort = 0;

  static async start(): Promise<Bench> {
    const bench = new Bench();
    bench.#routerPort = await freePort();
    await bench.startRouter();
    bench.#proxy = createServer((near) => {
      const far = connect(bench.#routerPort, '127.0.0.1');
      for (const socket of [near, far]) {
        bench.#wires.add(socket);
        socket.on('close', () => bench.#wires.delete(socket));
        socket.on('error', () => undefined);
      }
      near.pipe(far);
      far.pipe(near);
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
    });
    await new Promise<void>((resolve) => bench.#proxy!.listen(0, '127.0.0.1', resolve));
    bench.#proxyPort = (bench.#proxy.address() as { port: number }).port;
    return bench;
  }

  /** Through the wire. */
  get url(): string {
    return `ws://127.0.0.1:${this.#proxyPort}/ws`;
  }

  get router(): Router {
    return this.#router!;
  }

  async startRouter({ accepts = secret, role = 'server' } = {}): Promise<void> {
    const roles = permissionsFrom(table, { baseUri: 'org.simonsobservatory', addressRoots: ['observatory'] });
    this.#router = createRouter({ roles });
    await this.#router.listen({
      port: this.#routerPort,
      auth: {
        anonymous: { role: 'iocs_agent' },
        wampcra: {
          users: { server: { secret: accepts, role }, eye: { secret: accepts, role: 'consumer' } },
        },
      },
    });
  }

  async stopRouter(): Promise<void> {
    await this.#router?.close();
    this.#router = null;
  }

  cutWires(): void {
    for (const socket of this.#wires) socket.destroy();
  }

  /** A session that is closed with the bench; it need not have joined yet. */
  open(options: Partial<SessionOptions> = {}): WampSession {
    const common = { url: this.url, authid: 'server', secret, firstDelayMs: 20, maxDelayMs: 50 };
    const session = connectSession({ ...common, ...options } as SessionOptions);
    this.#sessions.push(session);
    return session;
  }

  async session(options: Partial<SessionOptions> = {}): Promise<WampSession> {
    const session = this.open(options);
    await session.ready;
    return session;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) await session.close();
    await this.stopRouter();
    this.cutWires();
    await new Promise((resolve) => this.#proxy?.close(resolve));
  }
}
