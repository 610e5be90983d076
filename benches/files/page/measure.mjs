// What `benches/files.rs` measures, through `fs.promises` of whoever runs it.

const FILES = 10_000;
const FILE_BYTES = 4096;
const LARGE_MIB = 512;
const ROUNDS = 3;

/**
 * The best rates of a few rounds: of the files in `folder`, and of such as are written into
 * `target`, which is made each time.
 */
export async function measure({ createReadStream, promises }, folder, target, only = '') {
  const { mkdir, readFile, rm, stat, writeFile } = promises;
  const names = Array.from({ length: FILES }, (_, n) => `${folder}/small/${n}`);
  const targets = names.map((_, n) => `${target}/${n}`);
  const content = new Uint8Array(FILE_BYTES).fill(67);
  const results = {};

  async function best(key, amount, work, before = () => {}, after = () => {}) {
    if (!key.startsWith(only)) return;
    let rate = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      await before();
      const begin = performance.now();
      await work();
      rate = Math.max(rate, (amount / (performance.now() - begin)) * 1000);
      await after();
    }
    results[key] = Math.round(rate);
  }

  await best('readFile_files_s', FILES, async () => {
    const all = await Promise.all(names.map((name) => readFile(name)));
    if (all.some(({ length }) => length !== FILE_BYTES)) throw new Error('a file is short');
  });
  await best('stat_files_s', FILES, async () => {
    const all = await Promise.all(names.map((name) => stat(name)));
    if (all.some(({ size }) => size !== FILE_BYTES)) throw new Error('a file is short');
  });
  await best(
    'writeFile_files_s',
    FILES,
    () => Promise.all(targets.map((name) => writeFile(name, content))),
    () => mkdir(target),
    () => rm(target, { recursive: true }),
  );
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
  return results;
}
