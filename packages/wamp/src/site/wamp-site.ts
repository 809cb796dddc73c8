import {
  type AgentHealth,
  Broadcast,
  type Clock,
  type NodeHealth,
  type NodeInfo,
  type NodeStatus,
  type Reader,
  type Site,
  type SiteEvent,
  type SiteStatus,
  toSisockError,
  unknownNode,
} from '@sisock/core';
import { closeAll, type Complaints, createComplaints, type Logger, type Metrics, type Service } from '@sisock/runtime';
import type { WampSession } from '../session-types.js';
import { hubUris } from '../uri.js';
import { IndexedFiles } from './indexed-files.js';
import { decodeNode, decodeNodes, sameNode } from './node-list.js';
import type { NodeCallOptions } from './node-calls.js';
import { WampReader } from './wamp-reader.js';

/** Times are milliseconds. */
export interface WampSiteOptions {
  readonly session: WampSession;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** How often the hub is asked for the whole list, beside its announcements. */
  readonly relistMs?: number;
  /** The same while it does not answer. */
  readonly relistSoonMs?: number;
  /** How often nodes are asked how they and their agents are, while somebody listens to events. */
  readonly agentsMs?: number;
  /** Longest wait for one answer of a node. */
  readonly callTimeoutMs?: number;
  /** Longest wait for the health of a node. */
  readonly healthTimeoutMs?: number;
  readonly followPollMs?: number;
  readonly fieldsFreshMs?: number;
}

/** All data nodes that a router's hub lists. */
export class WampSite implements Site, Service {
  readonly #options: WampSiteOptions;
  readonly #nodeOptions: NodeCallOptions;
  readonly #events = new Broadcast<SiteEvent>();
  readonly #services: Service[] = [];
  readonly #complaints: Complaints;
  readonly #agents = new Map<string, boolean>();
  /** Nodes that say that they are not well. */
  readonly #troubled = new Set<string>();
  readonly #indexed = new IndexedFiles();
  #nodes: ReadonlyMap<string, NodeInfo> = new Map();
  #readers = new Map<string, Reader>();
  #listing: Promise<void> | null = null;
  #changedMeanwhile = false;
  #problem: string | null = null;
  #closed = false;

  private constructor(options: WampSiteOptions) {
    const { session, log, metrics, clock, callTimeoutMs = 10_000, followPollMs = 500, fieldsFreshMs = 5000 } = options;
    this.#options = options;
    this.#complaints = createComplaints(log);
    const counter = metrics.counter('sisock_site_node_problems_total', 'Wrong answers of data nodes', ['node']);
    this.#nodeOptions = {
      session,
      log,
      clock,
      callTimeoutMs,
      followPollMs,
      fieldsFreshMs,
      onProblem: (node, problem) => {
        counter.inc({ node });
        this.#complaints.complain('warn', node, { node, problem }, 'wrong answer of a data node');
      },
    };
  }

  /** Resolves when the hub was asked once, or the session is away (the list comes with the next join). */
  static async start(options: WampSiteOptions): Promise<WampSite> {
    const site = new WampSite(options);
    try {
      await site.#start();
    } catch (error) {
      await site.close();
      throw error;
    }
    return site;
  }

  nodes(): readonly NodeInfo[] {
    return [...this.#nodes.values()];
  }

  reader(node: string): Reader {
    const known = this.#readers.get(node);
    if (known !== undefined) return known;
    const info = this.#nodes.get(node);
    if (info === undefined) throw unknownNode(node, this.#nodes.keys());
    const reader = new WampReader(node, info.features, this.#nodeOptions);
    this.#readers.set(node, reader);
    return reader;
  }

  connected(): boolean {
    return this.#options.session.details !== null;
  }

  /** Why the list of data nodes may be old, in one line; null while the hub gives it. */
  problem(): string | null {
    return this.#problem;
  }

  async status(signal?: AbortSignal): Promise<SiteStatus> {
    return { connected: this.connected(), nodes: await Promise.all(this.nodes().map((n) => this.#ask(n, signal))) };
  }

  events(signal: AbortSignal): AsyncIterable<SiteEvent> {
    return this.#events.subscribe(signal);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await closeAll(this.#services, this.#options.log);
    this.#events.close();
  }

  async #start(): Promise<void> {
    const { session, relistMs = 30_000, relistSoonMs = 1000, agentsMs = 5000 } = this.#options;
    const stop = (end: () => void) => this.#services.push({ close: () => Promise.resolve(end()) });
    stop(session.onJoin(() => this.#joined()));
    stop(session.onLeave(() => this.#publish({ kind: 'disconnected', time: this.#options.clock() })));
    const timers = [
      setInterval(() => void this.#list(), relistMs),
      setInterval(() => void this.#askAgents(), agentsMs),
      setInterval(() => void (this.#problem !== null && this.#list()), relistSoonMs),
    ];
    stop(() => timers.forEach((timer) => clearInterval(timer)));
    this.#services.push(
      await session.subscribe(hubUris.added, ([wire]) => this.#announced(wire, true)),
      await session.subscribe(hubUris.subtracted, ([wire]) => this.#announced(wire, false)),
    );
    if (this.connected()) await this.#list();
  }

  #joined(): void {
    this.#publish({ kind: 'connected', time: this.#options.clock() });
    void this.#list();
  }

  #announced(wire: unknown, isThere: boolean): void {
    const node = decodeNode(wire);
    if (node === null) {
      this.#nodeOptions.onProblem('hub', 'an announcement that names no data node');
      return;
    }
    this.#changedMeanwhile = true;
    const nodes = new Map(this.#nodes);
    if (isThere) nodes.set(node.name, node);
    else nodes.delete(node.name);
    this.#take(nodes);
  }

  /** One at a time; a list that was overtaken by an announcement is asked for again. */
  #list(): Promise<void> {
    this.#listing ??= this.#askHub().finally(() => (this.#listing = null));
    return this.#listing;
  }

  async #askHub(): Promise<void> {
    for (let round = 0; round < 5 && !this.#closed && this.connected(); round++) {
      this.#changedMeanwhile = false;
      try {
        const answer = await this.#options.session.call(hubUris.getDataNode, [], {}, { timeoutMs: 5000 });
        const { nodes, wrong } = decodeNodes(answer);
        if (wrong > 0) this.#nodeOptions.onProblem('hub', `${wrong} entries of its list name no data node`);
        if (this.#changedMeanwhile) continue;
        this.#problem = null;
        this.#take(nodes);
      } catch (error) {
        const details = { reason: toSisockError(error).message };
        // Without a session there is no hub to be blamed.
        if (this.connected()) this.#problem = `the hub gives no list of data nodes: ${details.reason}`;
        this.#complaints.complain('warn', 'no hub', details, 'the hub gives no list of data nodes');
      }
      return;
    }
  }

  /** The list as it is now: tells what came and went. */
  #take(nodes: ReadonlyMap<string, NodeInfo>): void {
    const before = this.#nodes;
    const time = this.#options.clock();
    this.#nodes = nodes;
    for (const name of before.keys()) {
      if (nodes.has(name)) continue;
      this.#readers.delete(name);
      for (const key of this.#agents.keys()) if (key.startsWith(`${name} `)) this.#agents.delete(key);
      this.#troubled.delete(name);
      this.#indexed.forget(name);
      this.#publish({ kind: 'node-removed', time, name });
    }
    for (const node of nodes.values()) {
      if (sameNode(before.get(node.name), node)) continue;
      this.#readers.delete(node.name);
      this.#publish({ kind: 'node-added', time, node });
    }
  }

  /** A node of ours is asked for its health, an original one for its newest fields. */
  async #ask({ name }: NodeInfo, signal?: AbortSignal): Promise<NodeStatus> {
    const deadline = AbortSignal.timeout(this.#options.healthTimeoutMs ?? 3000);
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    try {
      const reader = this.reader(name);
      if (reader.health !== undefined) return { name, reachable: true, health: await reader.health(either) };
      const now = this.#options.clock();
      await reader.catalog({ start: now - 1, end: now }, either);
      return { name, reachable: true };
    } catch (error) {
      return { name, reachable: false, error: toSisockError(error).message };
    }
  }

  async #askAgents(): Promise<void> {
    if (this.#events.listeners === 0 || !this.connected()) return;
    const asked = this.nodes().filter(({ features }) => features.includes('health'));
    const answers = await Promise.all(asked.map((node) => this.#ask(node)));
    for (const { name, health } of answers) {
      if (health === undefined) continue;
      for (const agent of health.agents) this.#agentSeen(name, agent);
      this.#healthSeen(name, health);
      this.#filesSeen(name, health);
    }
  }

  #filesSeen(name: string, health: NodeHealth): void {
    if (!this.#nodes.has(name)) return;
    const found = this.#indexed.seen(name, health);
    if (found !== null) this.#publish({ kind: 'files-indexed', time: this.#options.clock(), name, ...found });
  }

  #healthSeen(name: string, { ok, message = '' }: NodeHealth): void {
    // One that went away meanwhile is not asked any more.
    if (ok === !this.#troubled.has(name) || !this.#nodes.has(name)) return;
    const time = this.#options.clock();
    if (ok) this.#troubled.delete(name);
    else this.#troubled.add(name);
    this.#publish(ok ? { kind: 'node-well', time, name } : { kind: 'node-trouble', time, name, message });
  }

  #agentSeen(node: string, agent: AgentHealth): void {
    const key = `${node} ${agent.address}`;
    if (this.#agents.get(key) === agent.alive) return;
    this.#agents.set(key, agent.alive);
    this.#publish({ kind: agent.alive ? 'agent-alive' : 'agent-silent', time: this.#options.clock(), agent, node });
  }

  #publish(event: SiteEvent): void {
    this.#events.publish(event);
  }
}
