import { SisockError } from '@sisock/core';

/**
 * Reads two sets of settings as one, so that the problems of both are told at once.
 * @throws SisockError `bad_setting` with one line a problem.
 */
export function readAll<A extends object, B extends object>(first: () => A, second: () => B): A & B {
  const problems: string[] = [];
  const values = [first, second].map((read) => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SisockError) || error.code !== 'bad_setting') throw error;
      problems.push(error.message);
      return {};
    }
  });
  if (problems.length > 0) throw new SisockError('bad_setting', problems.join('\n'));
  return Object.assign({}, ...values) as A & B;
}
