import { lstatSync, readFileSync } from 'node:fs';

/** Text of a file, or what is the matter with it. */
export function textOf(path: string): { readonly text: string | null; readonly problem: string } {
  try {
    return { text: readFileSync(path, 'utf8'), problem: '' };
  } catch (error) {
    const { code = String(error) } = error as { code?: string };
    if (code !== 'ENOENT') return { text: null, problem: `can't be read: ${code}` };
    const isLink = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    return { text: null, problem: isLink ? 'is a link to nothing' : 'is not there' };
  }
}
