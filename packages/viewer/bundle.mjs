// Makes the page's few files out of its many modules: dist/page/main.js and main.css, and first.js, which runs before
// anything is drawn. Types are tsc's business.
import { copyFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname;
const out = join(here, 'dist/page');
const common = { bundle: true, minify: true, sourcemap: 'linked', target: 'es2022', logLevel: 'warning' };

rmSync(out, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: [join(here, 'page/main.ts'), join(here, 'page/style/main.css')],
  outdir: out,
  outbase: join(here, 'page'),
  entryNames: '[name]',
  format: 'esm',
  banner: { js: '/*! Contains uPlot: see LICENSE-uPlot.txt beside this file. */' },
});
await build({ ...common, entryPoints: [join(here, 'page/first.ts')], outdir: out, format: 'iife' });
const uplot = dirname(dirname(createRequire(import.meta.url).resolve('uplot')));
copyFileSync(join(uplot, 'LICENSE'), join(out, 'LICENSE-uPlot.txt'));
