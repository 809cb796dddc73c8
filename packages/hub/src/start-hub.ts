import { type Clock, SisockError, toSisockError } from '@sisock/core';
import { closeAll, type Logger, type Metrics, type Service } from '@sisock/runtime';
import { hubUris, type Kwargs, type MessageDetails, type WampSession } from '@sisock/wamp';
import { isSessionId, parseAdd, parseSubtract } from './arguments.js';
import { Hub, type NodeListing } from './hub.js';
import { routerFacts } from './router-facts.js';
import { fileStore, noStore } from './store.js';

/** Times are milliseconds. */
export interface HubOptions {
  readonly session: WampSession;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Where the list of nodes is kept through a restart of the hub; nowhere when left out. */
  readonly storeFile?: string;
  /** After a try to write it that failed. */
  readonly storeRetryMs?: number;
  /** How long a holder that may just be leaving is waited for before its name is refused to another. */
  readonly graceMs?: number;
  /** How often the holders are compared with the router's sessions, for departures nobody told. */
  readonly checkEveryMs?: number;
  readonly maxNodes?: number;
}

export interface HubService extends Service {
  /** What get_data_node answers. */
  nodes(): readonly NodeListing[];
  /** Why it will not know its nodes after a restart, in one line; null when it will. */
  problem(): string | null;
}

/**
 * The registry of data nodes: waits for the session, finds out who is there already, then answers.
 * @throws SisockError what the session's joining throws; `name_taken` when another hub runs
 */
export async function startHub(options: HubOptions): Promise<HubService> {
  const {
    session,
    log,
    metrics,
    storeFile,
    graceMs = 3000,
    checkEveryMs = 30_000,
    maxNodes = 10_000,
    storeRetryMs,
  } = options;
  await session.ready;
  const store = storeFile === undefined ? noStore : fileStore(storeFile, log, storeRetryMs);
  const badArguments = metrics.counter('sisock_hub_bad_arguments_total', 'Calls of the hub with wrong arguments');
  const refused = metrics.counter('sisock_hub_refused_total', 'Data nodes refused since their name is taken');
  const hub = new Hub({
    facts: routerFacts(session, log),
    store,
    log,
    graceMs,
    maxNodes,
    onRefused: () => refused.inc(),
    announce: (topic, node) => {
      session.publish(topic === 'added' ? hubUris.added : hubUris.subtracted, [node]).catch((error: unknown) => {
        log.warn({ node: node.name, topic, reason: toSisockError(error).message }, 'not announced');
      });
    },
  });
  const gauge: { set(value: number): void } = metrics.gauge(
    'sisock_hub_data_nodes',
    'Data nodes known to the hub',
    [],
    () => gauge.set(hub.nodes().length),
  );
  const counted =
    <T>(run: (args: readonly unknown[], kwargs: Kwargs, details: MessageDetails) => T | Promise<T>) =>
    async (args: readonly unknown[], kwargs: Kwargs, details: MessageDetails) => {
      try {
        return await run(args, kwargs, details);
      } catch (error) {
        const { code, message } = toSisockError(error);
        if (code === 'bad_request' || code === 'not_authorized') {
          badArguments.inc();
          log.warn({ procedure: details.uri, caller: details.caller, reason: message }, 'wrong arguments');
        }
        throw error;
      }
    };

  const stopListening = session.onJoin(() => void hub.rejoined());
  const services: Service[] = [hub, { close: () => Promise.resolve(stopListening()) }];
  try {
    services.push(
      await session.subscribe('wamp.session.on_leave', ([id]) => {
        if (isSessionId(id)) hub.left(id);
      }),
    );
    await hub.rebuild();
    services.push(
      await session.register(
        hubUris.add,
        counted((args, kwargs, { caller }) => hub.add(parseAdd(args, kwargs, caller))),
      ),
    );
    services.push(
      await session.register(
        hubUris.subtract,
        counted((args, kwargs, { caller }) => {
          const { name, session: id } = parseSubtract(args, kwargs, caller);
          return hub.subtract(name, id);
        }),
      ),
    );
    services.push(await session.register(hubUris.getDataNode, () => hub.nodes()));
  } catch (error) {
    await closeAll(services, log);
    const { code } = toSisockError(error);
    if (code === 'name_taken') throw new SisockError('name_taken', 'another hub serves this realm', { cause: error });
    throw error;
  }
  const timer = setInterval(() => void hub.check(), checkEveryMs);
  services.push({ close: () => Promise.resolve(clearInterval(timer)) });
  return {
    nodes: () => hub.nodes(),
    problem: () => store.problem(),
    close: () => closeAll(services, log),
  };
}
