// What `processes.rs` measures, for Bun.
const COUNT = 500;
const PROGRAM = ['/bin/true'];

async function measure(stdio, parallel, count) {
  const begin = performance.now();
  let left = count;
  const one = async () => {
    while (left-- > 0) {
      const child = Bun.spawn(PROGRAM, { stdio: [stdio, stdio, stdio] });
      if ((await child.exited) !== 0) throw new Error('it failed');
    }
  };
  await Promise.all(Array.from({ length: parallel }, one));
  return Math.round((count / (performance.now() - begin)) * 1000);
}

const results = {};
for (const [name, stdio] of [
  ['ignore', 'ignore'],
  ['pipes', 'pipe'],
]) {
  await measure(stdio, 1, 10);
  results[`${name}_seq_per_s`] = await measure(stdio, 1, COUNT);
  results[`${name}_16_per_s`] = await measure(stdio, 16, COUNT);
}
console.log(JSON.stringify(results));
