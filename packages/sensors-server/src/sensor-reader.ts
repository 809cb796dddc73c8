import { type Clock, type Column, MemoryReader, type NodeHealth, type Reader, toSisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import { fieldOf, kindOf, type Reading, unitsOf } from './reading.js';
import type { SensorReadings, SensorSource } from './sensor-source.js';

export interface SensorReaderOptions {
  /** Ways to the sensors: of each sample the first that gives a value is used. */
  readonly sources: readonly SensorSource[];
  readonly log: Logger;
  readonly clock: Clock;
  /** Seconds between two samples; told to consumers. */
  readonly interval?: number;
  /** Most samples that are kept. */
  readonly depth?: number;
  /** Most fields; a chip beyond has none. */
  readonly maxFields?: number;
}

/** The sensors of this machine, as far as they were sampled. */
export interface SensorReader {
  readonly reader: Reader;
  /** Takes one sample. Never rejects: a machine without sensors is told by the health. */
  readonly sample: (signal: AbortSignal) => Promise<void>;
}

/** The original's name for the times of all sensors. */
const timeline = 't';

export function sensorReader(options: SensorReaderOptions): SensorReader {
  const { sources, log, clock, interval = 2.5, depth = 1800, maxFields = 2000 } = options;
  const memory = new MemoryReader({ maxRows: depth, timelines: [{ name: timeline, interval }] });
  const known = new Set<string>();
  const counters = { samples: 0, samples_missed: 0 };
  const told = new Map<string, string>();
  let used: string | null = null;
  let problem: string | null = null;

  const tell = (key: string, text: string) => {
    if (told.get(key) === text) return;
    told.set(key, text);
    if (text !== '') log.warn({ source: key }, text);
  };

  function keep({ readings, problems }: SensorReadings, time: number, source: string): void {
    const columns = new Map<string, Column>();
    for (const reading of readings) {
      const name = fieldOf(reading);
      if (!known.has(name)) {
        if (known.size === maxFields) {
          tell('fields', `more than ${maxFields} sensors: the others are left out`);
          continue;
        }
        known.add(name);
        memory.declare({ name: timeline, fields: [fieldInfo(name, reading)] });
      }
      columns.set(name, { kind: 'f64', v: Float64Array.of(reading.value) });
    }
    memory.append(timeline, { t: Float64Array.of(time), columns });
    counters.samples++;
    tell(source, problems.length === 0 ? '' : problems.join('; '));
    if (used !== source) log.info({ source, fields: columns.size }, 'sensors found');
    used = source;
    problem = null;
  }

  return {
    async sample(signal) {
      const time = clock();
      const failures: string[] = [];
      for (const source of sources) {
        try {
          return keep(await source.read(signal), time, source.name);
        } catch (thrown) {
          if (signal.aborted) return;
          failures.push(`${source.name} ${toSisockError(thrown).message}`);
        }
      }
      counters.samples_missed++;
      problem = `${counters.samples === 0 ? 'this machine has no sensors' : 'the sensors give no value'}: ${failures.join('; ')}`;
      tell('machine', problem);
      used = null;
    },
    reader: {
      catalog: (range, signal) => memory.catalog(range, signal),
      read: (query, signal) => memory.read(query, signal),
      reduce: (query, signal) => memory.reduce(query, signal),
      follow: (query, signal) => memory.follow(query, signal),
      changes: (signal) => memory.changes(signal),
      async health(signal): Promise<NodeHealth> {
        const held = await memory.health(signal);
        return {
          ...held,
          ok: problem === null,
          ...(problem !== null && { message: problem }),
          counters: { ...held.counters, ...counters },
        };
      },
    },
  };
}

function fieldInfo(name: string, { chip, label, feature }: Reading) {
  return {
    name,
    units: unitsOf(label),
    description: `${feature ?? label} of ${chip}`,
    labels: { chip, kind: kindOf(label) },
  };
}
