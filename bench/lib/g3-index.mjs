// Indexes the file that each line of the input names, as a scanner does; answers {ms, blocks, rssMb}.
import { createInterface } from 'node:readline';
import { indexFile } from '@sisock/g3-files';

for await (const path of createInterface({ input: process.stdin })) {
  const before = performance.now();
  const steps = indexFile(path);
  let blocks = 0;
  for (;;) {
    const { value, done } = await steps.next();
    blocks += value.blocks.length;
    if (done) break;
  }
  const ms = performance.now() - before;
  console.log(JSON.stringify({ ms, blocks, rssMb: process.resourceUsage().maxRSS / 1024 }));
}
