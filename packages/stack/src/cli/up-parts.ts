import type { BlockCache } from '@sisock/blocks';
import { toSisockError } from '@sisock/core';
import { closeAll, type HealthCheck, type Logger, type Service, type SettingsOf } from '@sisock/runtime';
import { connectSession, type WampSession } from '@sisock/wamp';
import type { PartContext } from './command.js';
import type { SecretUser, Secrets } from './secrets.js';
import type { upSettings } from './up-settings.js';

export type UpSettings = SettingsOf<typeof upSettings>;

/** A data node as its package starts it. */
export type StartedNode = Service & {
  readonly name: string;
  readonly failed: Promise<never>;
  /** What keeps it from its work just now; null when nothing does. */
  problem(): Promise<string | null>;
};

/** What the parts of one process have in common. */
export interface UpCommon extends PartContext {
  readonly settings: UpSettings;
  /** Absolute. */
  readonly dataDirectory: string;
  /** Reduced blocks in memory, of all parts. */
  readonly blocks: BlockCache;
  readonly router: { readonly url: string; readonly realm: string; readonly secrets: Secrets };
}

/** Where parts are put that run in this process; closing it closes them, the last one first. */
export interface UpParts extends UpCommon, Service {
  /** A logger that names the part. */
  readonly part: (name: string) => Logger;
  readonly keep: <T extends Service>(service: T) => T;
  /** Adds to the health of the process, until these parts are closed. */
  readonly tell: (check: HealthCheck) => void;
  /** A session of its own on the embedded router, as one of its users or (null) as an OCS agent. */
  readonly sessionOf: (name: string, user: SecretUser | null) => WampSession;
  /** Keeps a data node and tells its health; one that is refused leaves the others serving. */
  readonly watch: (node: StartedNode) => void;
  /** Parts that are closed by themselves, or with these. */
  readonly apart: () => UpParts;
}

export function upParts(common: UpCommon): UpParts {
  const { log } = common;
  const { url, realm, secrets } = common.router;
  const started: Service[] = [];
  const part = (name: string) => log.child({ part: name });
  const keep = <T extends Service>(service: T): T => {
    started.push(service);
    return service;
  };
  const tell = (check: HealthCheck) => {
    const remove = common.health.add(check);
    keep({ close: async () => remove() });
  };
  return {
    ...common,
    part,
    keep,
    tell,
    sessionOf: (name, user) =>
      keep(
        connectSession({
          url,
          realm,
          log: part(name),
          ...(user !== null && { authid: user, secret: secrets[user] }),
        }),
      ),
    watch: (node) => {
      let stopped: string | null = null;
      keep(node);
      tell(async () => stopped ?? node.problem());
      node.failed.catch((error: unknown) => {
        stopped = `data node ${node.name} has stopped: ${toSisockError(error).message}`;
        log.error({ node: node.name, err: error }, 'the data node stopped');
      });
    },
    apart: () => keep(upParts(common)),
    close: () => closeAll(started.splice(0), log),
  };
}
