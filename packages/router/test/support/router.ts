import {
  createRouter,
  type Listener,
  type ListenerOptions,
  permissionsFrom,
  type Router,
  type RouterOptions,
} from '../../src/index.js';

const all = { call: true, register: true, publish: true, subscribe: true };

export const openRoles = permissionsFrom(
  {
    roles: [
      { name: 'all', permissions: [{ uri: '', match: 'prefix', allow: all }] },
      {
        name: 'agent',
        permissions: [{ uri: 'observatory.', match: 'prefix', allow: { call: true, publish: true, subscribe: true } }],
      },
    ],
  },
  { addressRoots: ['observatory'], baseUri: 'org.example' },
);

export interface Started {
  readonly router: Router;
  readonly listener: Listener;
  readonly url: string;
}

/** A router with an anonymous role that may do everything, on a free port. */
export async function startRouter(
  listening: Partial<ListenerOptions> = {},
  options: Partial<RouterOptions> = {},
): Promise<Started> {
  const router = createRouter({ roles: openRoles, ...options });
  const listener = await router.listen({ port: 0, auth: { anonymous: { role: 'all' } }, ...listening });
  return { router, listener, url: listener.url };
}

/** Waits for a condition; fails after a minute. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not come true`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
