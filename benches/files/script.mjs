// What `benches/files.rs` measures, in Node and Bun: `node script.mjs DIR`.

import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';

const FILES = 10_000;
const FILE_BYTES = 4096;
const LARGE_MIB = 512;
const ROUNDS = 3;

const folder = process.argv[2];
const names = Array.from({ length: FILES }, (_, n) => `${folder}/small/${n}`);
const target = `/dev/shm/oro-bench-${process.pid}`;
const targets = names.map((_, n) => `${target}/${n}`);
const results = {};

/** The best rate of a few rounds. */
async function best(key, amount, work) {
  results[key] = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const begin = performance.now();
    await work();
    const rate = (amount / (performance.now() - begin)) * 1000;
    results[key] = Math.round(Math.max(results[key], rate));
  }
}

await best('readFile_files_s', FILES, async () => {
  const all = await Promise.all(names.map((name) => readFile(name)));
  if (all.some(({ length }) => length !== FILE_BYTES)) throw new Error('a file is short');
});
await best('stat_files_s', FILES, async () => {
  const all = await Promise.all(names.map((name) => stat(name)));
  if (all.some(({ size }) => size !== FILE_BYTES)) throw new Error('a file is short');
});
const content = Buffer.alloc(FILE_BYTES, 67);
results.writeFile_files_s = 0;
for (let round = 0; round < ROUNDS; round += 1) {
  mkdirSync(target);
  const begin = performance.now();
  await Promise.all(targets.map((name) => writeFile(name, content)));
  const rate = (FILES / (performance.now() - begin)) * 1000;
  results.writeFile_files_s = Math.round(Math.max(results.writeFile_files_s, rate));
  rmSync(target, { recursive: true });
}
for (const [key, highWaterMark] of [
  ['stream_MiB_s', 64 << 10],
  ['stream_1MiB_chunks_MiB_s', 1 << 20],
]) {
  await best(key, LARGE_MIB, async () => {
    let bytes = 0;
    const stream = createReadStream(`${folder}/big.bin`, { highWaterMark });
    for await (const chunk of stream) bytes += chunk.length;
    if (bytes !== LARGE_MIB << 20) throw new Error('the large file is short');
  });
}
console.log(JSON.stringify(results));
process.exit(0);
