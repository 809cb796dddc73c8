import type { AgentHealth } from '@sisock/core';
import type { FeedInfo } from './feed-info.js';
import { archiveFieldName } from './field-names.js';

export interface AgentOptions {
  /** Seconds between heartbeats of an agent. */
  readonly heartbeatSec: number;
  /** An agent is silent when nothing came for so many heartbeats. */
  readonly silentAfter: number;
  /** Most agents that are known at a time; the ones silent for longest make room. */
  readonly maxAgents: number;
}

export const defaultAgentOptions: AgentOptions = { heartbeatSec: 1, silentAfter: 10, maxAgents: 10_000 };

/** OCS's code of an operation whose agent the registry has given up. */
const expired = 7;

interface Agent {
  readonly address: string;
  /** The address as the registry spells it in its field names. */
  readonly spelled: string;
  agentClass: string | null;
  lastSeen: number;
  /** Number of its last sign among those of all agents. */
  lastSign: number;
  expired: boolean;
  operations: Record<string, number>;
}

/** What the heartbeats of OCS agents, and the registry, tell about their life. */
export class Agents {
  readonly #agents = new Map<string, Agent>();
  readonly #options: AgentOptions;
  #signs = 0;

  constructor(options: AgentOptions) {
    this.#options = options;
  }

  /** Any event of an agent is a sign of its life. */
  seen(feed: FeedInfo, now: number): void {
    this.#agent(feed, now);
  }

  /** A heartbeat: the codes of all operations of the agent, which replace the former ones. */
  heartbeat(feed: FeedInfo, operations: ReadonlyMap<string, number>, now: number): void {
    this.#agent(feed, now).operations = Object.fromEntries(operations);
  }

  /** The registry's word: only on agents that were heard themselves, since its field names hide where an address ends. */
  registered(codes: ReadonlyMap<string, number>): void {
    for (const [name, code] of codes) {
      const agent = this.#longestMatch(name);
      if (!agent) continue;
      const spelledOperation = name.slice(agent.spelled.length + 1);
      const operation = Object.keys(agent.operations).find((own) => spell(own) === spelledOperation);
      agent.operations[operation ?? spelledOperation] = code;
      if (code === expired) agent.expired = true;
    }
  }

  health(now: number): readonly AgentHealth[] {
    const longest = this.#options.heartbeatSec * this.#options.silentAfter;
    return [...this.#agents.values()].map(({ address, agentClass, lastSeen, expired, operations }) => ({
      address,
      agentClass,
      alive: !expired && now - lastSeen <= longest,
      lastSeen,
      operations: { ...operations },
    }));
  }

  #agent(feed: FeedInfo, now: number): Agent {
    const agent = this.#agents.get(feed.agentAddress) ?? this.#create(feed.agentAddress);
    agent.agentClass = feed.agentClass ?? agent.agentClass;
    agent.lastSeen = now;
    agent.lastSign = ++this.#signs;
    agent.expired = false;
    return agent;
  }

  #create(address: string): Agent {
    if (this.#agents.size >= this.#options.maxAgents) this.#forgetQuietest();
    const agent: Agent = {
      ...{ address, spelled: spell(address), agentClass: null },
      ...{ lastSeen: 0, lastSign: 0, expired: false, operations: {} },
    };
    this.#agents.set(address, agent);
    return agent;
  }

  #forgetQuietest(): void {
    let quietest: Agent | undefined;
    for (const agent of this.#agents.values()) if (agent.lastSign < (quietest?.lastSign ?? Infinity)) quietest = agent;
    if (quietest) this.#agents.delete(quietest.address);
  }

  #longestMatch(name: string): Agent | undefined {
    let best: Agent | undefined;
    for (const agent of this.#agents.values()) {
      if (name.startsWith(`${agent.spelled}_`) && agent.spelled.length > (best?.spelled.length ?? 0)) best = agent;
    }
    return best;
  }
}

/** As the registry makes field names out of addresses and operations. */
function spell(text: string): string {
  return archiveFieldName(text.replace(/[.-]/g, '_'));
}
