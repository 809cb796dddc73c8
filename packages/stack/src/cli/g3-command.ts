import { parseArgs } from 'node:util';
import { SisockError } from '@sisock/core';
import type { G3Context } from '../g3/command.js';
import { oneLine, Output, OutputClosed } from '../g3/output.js';
import { parseTime } from '../g3/times.js';
import type { Command, PreparedTask, TaskContext } from './command.js';

const json = { type: 'boolean', default: false } as const;

const aboutFiles = [
  'FILE is a .g3 file; .g3.gz and .g3.bz2 are read too. A damaged file is read up to its damage, which is told on standard',
  'error. Status 1: a file could not be opened, or is no g3 file.',
].join('\n');

/** `sisock g3 info` */
const info: Command = {
  words: ['g3', 'info'],
  usage: 'FILE... [--json]',
  summary: 'what g3 files hold, in short: frames, sessions, feeds with their blocks, times, damage',
  notes: `${aboutFiles}

  --json  an array of {file, goodBytes, frames, types, hkVersions, sessions, blocks, passedFrames, damage}`,
  settings: {},
  prepare: (_env, args) => {
    const { values, positionals: files } = parsed(() =>
      parseArgs({ args: [...args], options: { json }, allowPositionals: true }),
    );
    return task(files, async (context) =>
      (await import('../g3/info.js')).showInfo({ files, json: values.json }, context),
    );
  },
};

/** `sisock g3 frames` */
const frames: Command = {
  words: ['g3', 'frames'],
  usage: 'FILE... [--values] [--json]',
  summary: 'every frame of g3 files with its place; with --values all that stands in it',
  notes: `${aboutFiles}

  --values  every value of a frame, of whatever class
  --json    an array of {file, offset, length, type, hk, damage, keys}; keys are lengths, or values`,
  settings: {},
  prepare: (_env, args) => {
    const options = { json, values: json };
    const { values, positionals: files } = parsed(() =>
      parseArgs({ args: [...args], options, allowPositionals: true }),
    );
    return task(files, async (context) => (await import('../g3/frames.js')).listFrames({ files, ...values }, context));
  },
};

/** `sisock g3 fields` */
const fields: Command = {
  words: ['g3', 'fields'],
  usage: 'FILE... [--json]',
  summary: 'the fields of g3 files with their types, how many samples each has, and from when to when',
  notes: `${aboutFiles}

  --json  an array of {field, type, count, start, end}: full names, UNIX seconds of the first and the last sample`,
  settings: {},
  prepare: (_env, args) => {
    const { values, positionals: files } = parsed(() =>
      parseArgs({ args: [...args], options: { json }, allowPositionals: true }),
    );
    return task(files, async (context) => {
      return (await import('../g3/field-list.js')).listFields({ files, json: values.json }, context);
    });
  },
};

/** `sisock g3 cat` */
const cat: Command = {
  words: ['g3', 'cat'],
  usage: 'FILE... --field NAME [--start TIME] [--end TIME] [--json]',
  summary: 'the samples of one field, start <= t < end, as CSV or JSON; times are ISO (UTC) or UNIX seconds',
  notes: [
    aboutFiles,
    '',
    '  --field NAME  full name, or parts of it in their order where only one field has them: fake.channel_01',
    '  --start TIME  first time; unset: all there are',
    '  --end TIME    the time behind the last; unset: all there are',
    '  --json        {"t": [UNIX seconds], "v": [values]}; integers beyond 2^53 are decimal strings, NaN and infinities null',
  ].join('\n'),
  settings: {},
  prepare: (_env, args) => {
    const text = { type: 'string' } as const;
    const options = { json, field: text, start: text, end: text };
    const { values, positionals: files } = parsed(() =>
      parseArgs({ args: [...args], options, allowPositionals: true }),
    );
    const { field } = values;
    if (field === undefined)
      throw new SisockError('bad_request', '--field NAME is missing; sisock g3 fields lists them');
    const range = {
      start: values.start === undefined ? -Infinity : parseTime(values.start, '--start'),
      end: values.end === undefined ? Infinity : parseTime(values.end, '--end'),
    };
    return task(files, async (context) => {
      return (await import('../g3/cat.js')).catField({ files, json: values.json, field, range }, context);
    });
  },
};

/** `sisock g3 check` */
const check: Command = {
  words: ['g3', 'check'],
  usage: 'FILE... [--json]',
  summary: 'reads all of g3 files and lists what is damaged, by offset and kind; status 1 where anything is',
  notes: `${aboutFiles}

  --json  an array of {file, offset, kind, message}; empty where all is well`,
  settings: {},
  prepare: (_env, args) => {
    const { values, positionals: files } = parsed(() =>
      parseArgs({ args: [...args], options: { json }, allowPositionals: true }),
    );
    return task(files, async (context) =>
      (await import('../g3/check.js')).checkFiles({ files, json: values.json }, context),
    );
  },
};

export const g3Commands: readonly Command[] = [info, frames, fields, cat, check];

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new SisockError('bad_request', (error as Error).message, { cause: error });
  }
}

function task(files: readonly string[], work: (context: G3Context) => Promise<number>): PreparedTask {
  if (files.length === 0) throw new SisockError('bad_request', 'a FILE is missing');
  return { run: (context) => run(context, work) };
}

async function run({ pour, complain }: TaskContext, work: (context: G3Context) => Promise<number>): Promise<number> {
  const output = new Output(pour);
  try {
    const status = await work({ output, complain: (line) => complain(`sisock g3: ${oneLine(line)}\n`) });
    await output.flush();
    return status;
  } catch (error) {
    if (error instanceof OutputClosed) return 0;
    if (!(error instanceof SisockError)) throw error;
    // What was read before the error is the reader's.
    await output.flush().catch(() => undefined);
    throw error;
  }
}
