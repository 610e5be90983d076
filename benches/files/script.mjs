// What `benches/files.rs` measures, in Node and Bun: `node script.mjs DIR [KEY]`.

import fs from 'node:fs';

import { measure } from './page/measure.mjs';

const [, , folder, only] = process.argv;
console.log(JSON.stringify(await measure(fs, folder, `/dev/shm/oro-bench-${process.pid}`, only)));
process.exit(0);
