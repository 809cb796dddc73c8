import type { Dict, Match } from '../messages.js';
import type { Session } from '../session.js';

/** Who of several callees is invoked (WAMP specification, "Shared Registration"). */
export const policies = ['single', 'first', 'last', 'roundrobin', 'random'] as const;
export type Policy = (typeof policies)[number];

export interface Registration {
  readonly id: number;
  readonly uri: string;
  readonly match: Match;
  readonly policy: Policy;
  /** UNIX seconds. */
  readonly created: number;
  /** In the order of their registrations. */
  readonly callees: Callee[];
  /** Position of the next callee for `roundrobin`. */
  turn: number;
}

export interface Callee {
  readonly session: Session;
  readonly discloseCaller: boolean;
}

/** The callee of the next call. A registration has one at least. */
export function chooseCallee(registration: Registration, random: () => number): Callee {
  const { callees, policy } = registration;
  switch (policy) {
    case 'single':
    case 'first':
      return callees[0] as Callee;
    case 'last':
      return callees.at(-1) as Callee;
    case 'random':
      return callees[Math.floor(random() * callees.length)] as Callee;
    case 'roundrobin':
      registration.turn = registration.turn % callees.length;
      return callees[registration.turn++] as Callee;
  }
}

/** As the meta API tells a registration. */
export function registrationDetails({ id, uri, match, policy, created }: Registration): Dict {
  return { id, created: new Date(created * 1000).toISOString(), uri, match, invoke: policy };
}
