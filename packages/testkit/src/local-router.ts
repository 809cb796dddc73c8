import { readFile } from 'node:fs/promises';
import type { Router } from '@sisock/router';
import type { SessionSettings, WampSession } from '@sisock/wamp';

export type RouterRole = 'server' | 'consumer' | 'iocs_agent' | 'iocs_controller';

/** A router in this process, with the project's own role table, and sessions to it without a port. */
export interface LocalRouter {
  /** The router of now (another one after `restart`): for listening on a port, or its counts. */
  router(): Router;
  /** A session that has joined; closed with the router unless it was before. Back-off is short. */
  session(role: RouterRole, settings?: SessionSettings): Promise<WampSession>;
  /** Ends the router with all it knows and starts another; sessions come back by themselves. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function localRouter(): Promise<LocalRouter> {
  // Loaded here, so that tests without a router don't pay for it; one after the other, since jest's loader of modules
  // trips over two imports at once that share a dependency.
  const { createRouter, permissionsFrom } = await import('@sisock/router');
  const { BASE_URI, connectSession } = await import('@sisock/wamp');
  const table: unknown = JSON.parse(await readFile(new URL('../../../crossbar/roles.json', import.meta.url), 'utf8'));
  const roles = permissionsFrom(table, { baseUri: BASE_URI, addressRoots: ['observatory'] });
  let router = createRouter({ roles });
  const sessions: WampSession[] = [];
  return {
    router: () => router,
    async session(role, settings = {}) {
      const local = () => router.connectLocal({ role, authid: role });
      const session = connectSession({ firstDelayMs: 5, maxDelayMs: 50, ...settings, local });
      sessions.push(session);
      await session.ready;
      return session;
    },
    async restart() {
      const old = router;
      router = createRouter({ roles });
      await old.close();
    },
    async close() {
      await Promise.all(sessions.map((session) => session.close()));
      await router.close();
    },
  };
}
