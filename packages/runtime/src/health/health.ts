import { toSisockError } from '@sisock/core';

/** What is wrong in one respect, in one line; null when nothing is. It may be thrown as well. */
export type HealthCheck = () => string | null | Promise<string | null>;

/** Whether a process can do its work just now. Made once by the composition root; parts add what they know of themselves. */
export interface Health {
  /** Adds a check; returns how to take it out again. */
  add(check: HealthCheck): () => void;
  /** One line for each thing that is wrong, in the order the checks were added. Empty: ready. */
  problems(): Promise<readonly string[]>;
}

/** Without checks everything is well. A check that takes longer than `deadlineMs` is a problem by itself. */
export function createHealth({ deadlineMs = 2000 }: { readonly deadlineMs?: number } = {}): Health {
  const checks = new Set<{ readonly check: HealthCheck }>();
  return {
    add: (check) => {
      const added = { check };
      checks.add(added);
      return () => void checks.delete(added);
    },
    problems: async () => {
      const found = await Promise.all([...checks].map(({ check }) => ask(check, deadlineMs)));
      return found.flatMap((problem) => (problem === null ? [] : [oneLine(problem)]));
    },
  };
}

async function ask(check: HealthCheck, deadlineMs: number): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`a check gave no answer within ${deadlineMs} ms`), deadlineMs);
  });
  try {
    return await Promise.race([Promise.resolve().then(check), late]);
  } catch (thrown) {
    return toSisockError(thrown).message;
  } finally {
    clearTimeout(timer);
  }
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, '; ').trim();
}
