import type { Value } from '../base/values.js';
import { ask, AskError, portions } from './ask.js';
import type { Sample } from './samples.js';

/** The newest sample of each of the fields, where there is one. Fields that went away have none. */
export async function askLatest(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Sample>> {
  const answers = await Promise.all(portions(ids).map((parameters) => latestOf(parameters, signal)));
  return new Map(answers.flat());
}

async function latestOf(parameters: URLSearchParams, signal: AbortSignal | undefined): Promise<[string, Sample][]> {
  type Answer = { latest: readonly { field: string; time: number | null; value: Value }[] };
  try {
    const { latest } = await ask<Answer>('latest', parameters, signal);
    return latest.flatMap(({ field, time, value }) => (time === null ? [] : [[field, { t: time, v: value }]]));
  } catch (error) {
    if (error instanceof AskError && error.code.startsWith('unknown_')) return [];
    throw error;
  }
}
