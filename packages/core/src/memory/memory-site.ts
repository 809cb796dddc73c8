import { cancelError } from '../cancel.js';
import { SisockError, toSisockError } from '../errors.js';
import { Broadcast } from '../event-queue.js';
import type { NodeHealth, Reader } from '../reader.js';
import type { NodeInfo, NodeStatus, Site, SiteEvent, SiteStatus } from '../site.js';
import type { Clock } from '../time.js';

/** A Site of readers in this process. */
export class MemorySite implements Site {
  readonly #nodes = new Map<string, { readonly info: NodeInfo; readonly reader: Reader }>();
  readonly #events = new Broadcast<SiteEvent>();
  readonly #clock: Clock;
  #connected = true;

  /** `clock` dates the events. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a node. @throws SisockError `name_taken`. */
  add(name: string, reader: Reader, description = '', features: readonly string[] = []): void {
    if (this.#nodes.has(name)) {
      throw new SisockError('name_taken', `a data node ${JSON.stringify(name)} is there already`);
    }
    const info: NodeInfo = { name, description, features };
    this.#nodes.set(name, { info, reader });
    this.#events.publish({ kind: 'node-added', time: this.#clock(), node: info });
  }

  /** Takes a node away; false when it is not there. */
  remove(name: string): boolean {
    if (!this.#nodes.delete(name)) return false;
    this.#events.publish({ kind: 'node-removed', time: this.#clock(), name });
    return true;
  }

  /** Plays a lost or restored way to the data. */
  setConnected(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    this.#events.publish({ kind: connected ? 'connected' : 'disconnected', time: this.#clock() });
  }

  /** Tells an event of another kind (an agent's life signs). */
  tell(event: SiteEvent): void {
    this.#events.publish(event);
  }

  nodes(): readonly NodeInfo[] {
    return [...this.#nodes.values()].map(({ info }) => info);
  }

  reader(node: string): Reader {
    const found = this.#nodes.get(node);
    if (found === undefined) throw unknownNode(node, this.#nodes.keys());
    return found.reader;
  }

  connected(): boolean {
    return this.#connected;
  }

  /** Asks all nodes at once; one that has not answered when the signal fires is not reachable. */
  async status(signal?: AbortSignal): Promise<SiteStatus> {
    const nodes = [...this.#nodes.values()].map(({ info, reader }) => statusOf(info.name, reader, signal));
    return { connected: this.#connected, nodes: await Promise.all(nodes) };
  }

  events(signal: AbortSignal): AsyncIterable<SiteEvent> {
    return this.#events.subscribe(signal);
  }
}

async function statusOf(name: string, reader: Reader, signal?: AbortSignal): Promise<NodeStatus> {
  if (reader.health === undefined) return { name, reachable: true };
  try {
    const health = await beforeSignal(reader.health(signal), signal);
    return { name, reachable: true, health };
  } catch (thrown) {
    return { name, reachable: false, error: toSisockError(thrown).message };
  }
}

function beforeSignal(answer: Promise<NodeHealth>, signal?: AbortSignal): Promise<NodeHealth> {
  if (signal === undefined) return answer;
  return new Promise((resolve, reject) => {
    const abort = () => reject(cancelError(signal));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The error for a node that is not there; names some that are. */
export function unknownNode(name: string, known: Iterable<string>): SisockError {
  const some = [...known].slice(0, 5).map((one) => JSON.stringify(one));
  const there = some.length === 0 ? 'there is none' : `there are ${some.join(', ')}`;
  return new SisockError('unknown_node', `no data node ${JSON.stringify(name)}: ${there}`);
}
