import type { Reading } from './reading.js';

/** What `sensors -u` printed. `problems`: lines that can't be used, with their numbers, the first ones only. */
export interface SensorsOutput {
  readonly readings: readonly Reading[];
  readonly problems: readonly string[];
}

const problemsKept = 20;
const longestName = 200;
const decimal = /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/;
const subfeature = /^\s+([a-z]+\d*)_([a-z0-9_]+):\s*(.*)$/i;

/**
 * Reads the output of `sensors -u`: blocks with blank lines between; in each the name of the chip, its adapter, then for
 * each feature a line `<name>:` and indented lines `<label>_<what>: <value>`. Of these `_input` is the measured value;
 * it is left out where the chip says `_fault`. A line that says something else costs itself only. Never throws.
 */
export function parseSensorsOutput(text: string): SensorsOutput {
  const readings = new Map<string, Reading>();
  const faults = new Set<string>();
  const problems: string[] = [];
  let chip: string | null = null;
  let feature: string | null = null;
  const report = (index: number, line: string) => {
    if (problems.length < problemsKept) problems.push(`line ${index + 1}: ${JSON.stringify(line.slice(0, 80))}`);
  };

  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '') {
      chip = feature = null;
      return;
    }
    if (chip === null) {
      const isName = /^\S+$/.test(line) && !line.endsWith(':') && line.length <= longestName;
      if (isName) chip = line;
      else report(index, line);
      return;
    }
    if (line.startsWith('Adapter:')) return;
    if (/^\S.*:\s*$/.test(line) && line.length <= longestName) {
      feature = line.trim().slice(0, -1);
      return;
    }
    const [, label, what, word] = subfeature.exec(line) ?? [];
    if (label === undefined || word === undefined) return report(index, line);
    const key = `${chip} ${label}`;
    if (what === 'fault' && Number(word) !== 0) faults.add(key);
    if (what !== 'input') return;
    const value = Number(word);
    if (!decimal.test(word) || !Number.isFinite(value)) return report(index, line);
    if (!readings.has(key)) readings.set(key, { chip, label, value, feature: feature === label ? null : feature });
  });
  for (const key of faults) readings.delete(key);
  return { readings: [...readings.values()], problems };
}
