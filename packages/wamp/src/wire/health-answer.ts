import type { AgentHealth, NodeHealth } from '@sisock/core';
import { bool, dict, type Dict, finite, finiteOrNull, list, text, textOrNull } from './check.js';

const mostAgents = 10_000;
const mostEntries = 10_000;

/** How a node is, as our `health` procedure answers it. */
export function encodeHealth({ ok, message, newest, counters, agents }: NodeHealth): Dict {
  return {
    ok,
    ...(message === undefined ? {} : { message }),
    newest,
    counters,
    agents: agents.map((a) => ({
      address: a.address,
      agent_class: a.agentClass,
      alive: a.alive,
      last_seen: a.lastSeen,
      operations: a.operations,
    })),
  };
}

/** @throws SisockError `bad_data` */
export function decodeHealth(answer: unknown): NodeHealth {
  const wire = dict('bad_data', 'the health', answer);
  const message = textOrNull('bad_data', 'message', wire['message']);
  return {
    ok: bool('bad_data', 'ok', wire['ok']),
    ...(message === null ? {} : { message }),
    newest: finiteOrNull('bad_data', 'newest', wire['newest']),
    counters: numbers('counters', wire['counters']),
    agents: list('bad_data', 'agents', wire['agents'], mostAgents).map(decodeAgent),
  };
}

function decodeAgent(value: unknown): AgentHealth {
  const wire = dict('bad_data', 'an agent', value);
  return {
    address: text('bad_data', 'address', wire['address']),
    agentClass: textOrNull('bad_data', 'agent_class', wire['agent_class']),
    alive: bool('bad_data', 'alive', wire['alive']),
    lastSeen: finite('bad_data', 'last_seen', wire['last_seen']),
    operations: numbers('operations', wire['operations']),
  };
}

function numbers(what: string, value: unknown): Record<string, number> {
  const entries = list('bad_data', what, Object.entries(dict('bad_data', what, value)), mostEntries);
  return Object.fromEntries(
    (entries as readonly [string, unknown][]).map(([key, n]) => [key, finite('bad_data', `${what} ${key}`, n)]),
  );
}
