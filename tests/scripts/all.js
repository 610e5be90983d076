// All suites in one page: `oroc run --headless --test=tests/scripts/all.js`.

import { run } from 'oro:test';

const SUITES = [
  'ai',
  'application',
  'assert',
  'buffer',
  'console',
  'dgram',
  'errors',
  'events',
  'fs',
  'fs-promises',
  'fs-watch',
  'hooks',
  'ipc',
  'modules',
  'openai',
  'os',
  'path',
  'preload',
  'process',
  'sandbox',
  'stream',
  'test',
  'timers',
  'url',
  'util',
];

await run(...SUITES.map((name) => new URL(`./${name}.test.js`, import.meta.url)));
