import { describe, expect, it } from '@jest/globals';
import type { AgentHealth } from '@sisock/core';
import { agentFindings } from '../src/doctor/checks/agents.js';

const agent = (address: string, lastSeen: number, alive = true): AgentHealth => ({
  address,
  agentClass: null,
  alive,
  lastSeen,
  operations: {},
});

describe('agents of sisock doctor', () => {
  it('are told once, by the newest sign of life, however many data nodes hear them', () => {
    const heard = [agent('observatory.a', 940, false), agent('observatory.b', 990), agent('observatory.a', 995)];
    expect(agentFindings(heard, 1000)).toEqual([
      { check: 'agent observatory.a', status: 'ok', message: 'last sign of life 5 s ago' },
      { check: 'agent observatory.b', status: 'ok', message: 'last sign of life 10 s ago' },
    ]);
    expect(agentFindings([...heard].reverse(), 1000).map(({ message }) => message)).toContain(
      'last sign of life 5 s ago',
    );
  });

  it('that are silent are faults', () => {
    const [finding] = agentFindings([agent('observatory.a', 0, false)], 3600);
    expect(finding).toMatchObject({ status: 'fail', message: 'last sign of life 60 min ago' });
  });
});
