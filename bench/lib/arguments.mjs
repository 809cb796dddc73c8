import { parseArgs } from 'node:util';

/** `--quick` of a suite: shorter, with the same figures where that can be. `options`: more of them, as parseArgs wants them. */
export function suiteOptions(options = {}) {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, ...options } });
  return values;
}
