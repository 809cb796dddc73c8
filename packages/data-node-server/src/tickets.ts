import { SisockError } from '@sisock/core';
import type { Service } from '@sisock/runtime';

export interface TicketLimits {
  /** Tickets at once: work under way, and answers that nobody has fetched yet. */
  readonly tickets: number;
  /** What takes longer than this is answered as pending, in ms. */
  readonly ticketAnswerMs: number;
  /** How long each later call waits for the answer. */
  readonly ticketWaitMs: number;
  /** A ticket that nobody asks after for so long is dropped, and its work aborted. */
  readonly ticketDropMs: number;
}

/** Told instead of an answer that is still being worked on: ask again. */
export const pending = { pending: true } as const;

type Outcome = { readonly answer: unknown } | { readonly error: unknown };

interface Ticket {
  readonly question: string;
  readonly controller: AbortController;
  readonly outcome: Promise<Outcome>;
  asking: number;
  dropping: NodeJS.Timeout | undefined;
}

const longestTicket = 100;

/**
 * Work that goes on between calls, each of which asks for the same ticket: a caller that went away is noticed by its
 * silence, since a router carries no cancelling.
 */
export class Tickets implements Service {
  readonly #limits: TicketLimits;
  readonly #tickets = new Map<string, Ticket>();

  constructor(limits: TicketLimits) {
    this.#limits = limits;
  }

  /** Tickets that are held now. */
  get held(): number {
    return this.#tickets.size;
  }

  /**
   * The answer, or {@link pending}. `work` begins with the first call of a ticket; its signal fires when the ticket is
   * dropped. `question`: the same in all calls of a ticket.
   * @throws SisockError `bad_request` for what is no ticket, or another question's; `unavailable` above the limit; what
   * the work throws.
   */
  async ask(name: unknown, question: string, work: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
    const { ticketAnswerMs, ticketWaitMs, ticketDropMs } = this.#limits;
    if (typeof name !== 'string' || name === '' || name.length > longestTicket) {
      throw new SisockError('bad_request', `ticket is no text of at most ${longestTicket} characters`);
    }
    const known = this.#tickets.get(name);
    if (known !== undefined && known.question !== question) {
      throw new SisockError('bad_request', 'this ticket is of another question: give each a ticket of its own');
    }
    const ticket = known ?? this.#start(name, question, work);
    clearTimeout(ticket.dropping);
    ticket.asking++;
    const outcome = await within(ticket.outcome, known === undefined ? ticketAnswerMs : ticketWaitMs);
    ticket.asking--;
    if (outcome === null) {
      if (ticket.asking === 0) ticket.dropping = setTimeout(() => this.#drop(name, ticket), ticketDropMs);
      return pending;
    }
    this.#forget(name, ticket);
    if ('error' in outcome) throw outcome.error;
    return outcome.answer;
  }

  /** Drops all tickets. */
  async close(): Promise<void> {
    for (const [name, ticket] of [...this.#tickets]) this.#drop(name, ticket);
  }

  #start(name: string, question: string, work: (signal: AbortSignal) => Promise<unknown>): Ticket {
    const { tickets } = this.#limits;
    if (this.#tickets.size >= tickets) {
      throw new SisockError('unavailable', `${tickets} tickets are held, no more are given: try again later`);
    }
    const controller = new AbortController();
    const outcome = work(controller.signal).then(
      (answer): Outcome => ({ answer }),
      (error: unknown): Outcome => ({ error }),
    );
    const ticket: Ticket = { question, controller, outcome, asking: 0, dropping: undefined };
    this.#tickets.set(name, ticket);
    return ticket;
  }

  #drop(name: string, ticket: Ticket): void {
    this.#forget(name, ticket);
    ticket.controller.abort(new SisockError('cancelled', 'nobody asks for the answer any more'));
  }

  #forget(name: string, ticket: Ticket): void {
    clearTimeout(ticket.dropping);
    if (this.#tickets.get(name) === ticket) this.#tickets.delete(name);
  }
}

/** Null when it takes longer. */
function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), ms);
    void promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
