import type { G3Damage } from '@sisock/codecs/g3';
import type { G3Context, G3Request } from './command.js';
import { eachFile, followFile } from './follow-file.js';
import { JsonArray, oneLine } from './output.js';

/**
 * `sisock g3 check`: reads everything, values too, and lists what is damaged. Status 1 where anything is. The list is
 * printed while the file is read, so that a file of nothing but damage needs no memory.
 */
export async function checkFiles({ files, json }: G3Request, { output, complain }: G3Context): Promise<number> {
  const array = new JsonArray(output);
  let damaged = false;
  const status = await eachFile(files, complain, async (path) => {
    const tell = async ({ offset, kind, message }: G3Damage) => {
      damaged = true;
      if (json) await array.put(JSON.stringify({ file: path, offset, kind, message }));
      else await output.put(oneLine(`${path}  ${offset}  ${kind}  ${message}`) + '\n');
    };
    const frames = followFile(path, true);
    for (;;) {
      const { done, value } = await frames.next();
      if (done !== true) {
        if (value.passed !== null) await tell(value.passed);
        continue;
      }
      if (value.damage !== null) await tell(value.damage);
      if (!json) await output.put(oneLine(`${path}: ${value.frames} frames, ${value.goodOffset} good bytes`) + '\n');
      return null;
    }
  });
  if (json) await array.end();
  return damaged ? 1 : status;
}
