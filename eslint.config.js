import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What each package may import of ours: the one direction of docs/architecture.md. */
const mayImport = {
  core: [],
  runtime: ['core'],
  blocks: ['core', 'runtime'],
  router: ['runtime'],
  wamp: ['core', 'runtime'],
  hub: ['core', 'wamp', 'runtime'],
  'data-node-server': ['core', 'blocks', 'wamp', 'runtime'],
  'weather-servers': ['core', 'blocks', 'data-node-server', 'runtime'],
  'sensors-server': ['core', 'data-node-server', 'runtime'],
  'data-feed-server': ['core', 'blocks', 'codecs', 'data-node-server', 'wamp', 'runtime'],
  codecs: ['core'],
  'g3-files': ['core', 'codecs', 'runtime'],
  archive: ['core', 'runtime'],
  'g3-archive': ['core', 'codecs', 'g3-files', 'archive', 'blocks', 'runtime'],
  'g3-file-scanner': ['core', 'codecs', 'g3-files', 'archive', 'blocks', 'g3-archive', 'runtime'],
  'g3-reader-server': ['core', 'g3-files', 'archive', 'blocks', 'g3-archive', 'data-node-server', 'runtime'],
  'joined-server': ['core', 'data-node-server', 'wamp', 'runtime'],
  'http-bridge': ['core', 'runtime'],
  viewer: [],
  testkit: ['core', 'runtime', 'router', 'wamp'],
};
const composed = 'stack';
const packages = [...Object.keys(mayImport), composed];

const processOnlyInRuntime = {
  selector: "MemberExpression[object.name='process']",
  message: 'Only packages/runtime and the commands in stack touch process.*: take what you need as an argument.',
};

const direction = Object.entries(mayImport).map(([name, allowed]) => ({
  files: [`packages/${name}/src/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths: name === 'core' ? [{ name: 'node:fs', message: 'core is pure.' }] : [],
        patterns: [
          {
            group: packages
              .filter((p) => p !== name && !allowed.includes(p))
              .flatMap((p) => [`@sisock/${p}`, `@sisock/${p}/*`]),
            message: `${name} may import of ours: ${allowed.join(', ') || 'nothing'} (docs/architecture.md).`,
          },
          {
            group: ['@sisock/*/*', '!@sisock/codecs/*'],
            message: 'Import a package by its name only; codecs by format.',
          },
          ...(name === 'core' ? [{ group: ['node:*'], message: 'core is pure.' }] : []),
        ],
      },
    ],
    ...(name === 'runtime' ? {} : { 'no-restricted-syntax': ['error', processOnlyInRuntime] }),
  },
}));

/** The one direction within the page: what each folder may import of the others. */
const pageMayImport = {
  base: [],
  state: ['base'],
  data: ['base', 'state'],
  plot: ['base', 'state', 'data'],
  input: ['base', 'state'],
  panels: ['base', 'state', 'data', 'plot', 'input'],
};

const pageDirection = Object.entries(pageMayImport).map(([name, allowed]) => ({
  files: [`packages/viewer/page/${name}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: [...Object.keys(pageMayImport), 'app']
              .filter((p) => p !== name && !allowed.includes(p))
              .map((p) => `../${p}/*`),
            message: `${name} may import of the page: ${allowed.join(', ') || 'nothing'} (packages/viewer/README.md).`,
          },
        ],
      },
    ],
  },
}));

export default defineConfig(
  globalIgnores(['**/dist/', '**/node_modules/', '.cache/', '.sisock/', 'test/fixtures/']),
  js.configs.recommended,
  { files: ['**/*.ts'], extends: [tseslint.configs.recommended] },
  {
    files: ['packages/*/src/**/*.ts', 'packages/viewer/page/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
    },
  },
  ...direction,
  ...pageDirection,
  {
    files: ['**/*.mjs', '*.js', 'bench/**'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        performance: 'readonly',
        AbortSignal: 'readonly',
        AbortController: 'readonly',
        setImmediate: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        WebSocket: 'readonly',
        URLSearchParams: 'readonly',
      },
    },
  },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
);
