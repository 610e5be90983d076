import { call, callStream, callSync } from 'oro:ipc';

const turn = () => new Promise((resolve) => setTimeout(resolve));

/** Calls in every form, at once with all others, and notes under its name what was not its own. */
export async function client(name) {
  const wrong = new Set();
  const expect = (what, is) => is || wrong.add(what);
  const byte = [...name].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 256, 7);
  const say = async (n) => {
    const value = `${name} ${n}`;
    expect('an answer', (await call('test.say', { value })) === value);
  };
  const echo = async (n) => {
    const body = new Uint8Array(n % 2 ? 1000 : 90_000).fill(byte);
    const back = await call('test.echo', {}, { body });
    expect('bytes', back.length === body.length && back.every((value) => value === byte));
  };
  const stream = async () => {
    let size = 0;
    for await (const part of await callStream('test.flow', { chunks: 20 })) size += part.length;
    expect('a stream', size === 20 << 16);
  };
  const block = async () => {
    for (let n = 0; n < 20; n += 1) {
      const value = `${name} blocks ${n}`;
      expect('a blocking call', callSync('test.say', { value }) === value);
      await turn();
    }
  };
  const fail = async () => {
    const error = await call('test.say', { [name]: 1 }).catch(({ message }) => message);
    expect('an error', String(error).includes(`'${name}'`));
  };
  const each = (count, run) => Array.from({ length: count }, (_, n) => run(n));
  try {
    const calls = [each(1000, say), each(40, echo), each(3, stream), each(10, fail), block()];
    await Promise.all(calls.flat());
  } catch (error) {
    wrong.add(`it failed: ${error}`);
  }
  await call('test.strike', { from: `${name}: ${[...wrong].join() || 'ok'}` });
}
