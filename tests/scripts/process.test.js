// `oro:process`: the process that runs the application.

import test from 'oro:test';
import process, { cwd, env } from 'oro:process';
import * as signal from 'oro:process/signal';
import { request } from 'oro:ipc';
import { tmpdir } from 'oro:os';
import fs from 'oro:fs';

test('facts', (t) => {
  t.ok(Array.isArray(process.argv));
  t.equal(process.argv0, process.argv[0] ?? '');
  t.match(process.version, /^v\d+\.\d+\.\d+/);
  t.equal(process.version, `v${process.versions.oro}`);
  t.match(process.versions.webkit ?? '', /^\d/);
  t.ok(['linux', 'darwin', 'win32', 'android', 'ios'].includes(process.platform));
  t.equal(typeof process.arch, 'string');
});

test('the environment is read, set and seen by the process', async (t) => {
  t.equal(typeof env['PATH'], 'string');
  t.equal(env['ORO_TEST_NOTHING'], undefined);
  t.equal('ORO_TEST_NOTHING' in env, false);
  env['ORO_TEST_VARIABLE'] = 'ä=1&b';
  t.equal(env['ORO_TEST_VARIABLE'], 'ä=1&b');
  const read = async () =>
    /** @type {any} */ ((await request('process.env.get', { key: 'ORO_TEST_VARIABLE' })).data)
      ?.value;
  // The process follows in its own time; the limit of the test is the end of the waiting.
  while ((await read()) !== 'ä=1&b');
  t.equal(await read(), 'ä=1&b');
  t.ok(Object.keys(env).includes('ORO_TEST_VARIABLE'));
});

test('the working directory', (t) => {
  const before = cwd();
  t.equal(fs.statSync(before).isDirectory(), true, before);
  const directory = fs.realpathSync(fs.mkdtempSync(`${tmpdir()}/oro-cwd-`));
  t.teardown(() => {
    process.chdir(before);
    fs.rmSync(directory, { recursive: true });
  });
  process.chdir(directory);
  t.equal(cwd(), directory);
  fs.writeFileSync('relative', 'x');
  t.deepEqual(fs.readdirSync(directory), ['relative'], 'relative paths follow');
  t.throws(() => process.chdir('/no/such'), { code: 'ENOENT' });
  t.equal(cwd(), directory);
});

test('signals have numbers, names and meanings', (t) => {
  t.equal(signal.SIGTERM, 15);
  t.equal(signal.getCode('term'), 15);
  t.equal(signal.getCode('SIGNONE'), undefined);
  t.equal(signal.getName(9), 'SIGKILL');
  t.equal(signal.getName('int'), 'SIGINT');
  t.equal(signal.getMessage(15), 'Terminated');
  t.equal(signal.toString(0), '');
  t.deepEqual(Object.keys(signal.meanings), Object.keys(signal.signals));
});

test('nextTick runs after the running code, in order', async (t) => {
  /** @type {string[]} */
  const order = [];
  await new Promise((resolve) => {
    process.nextTick((/** @type {string} */ value) => order.push(value), 'first');
    process.nextTick(() => resolve(order.push('second')));
    order.push('code');
  });
  t.deepEqual(order, ['code', 'first', 'second']);
});

test('time', (t) => {
  const [seconds, nanoseconds] = process.hrtime();
  t.ok(Number.isInteger(seconds) && nanoseconds >= 0 && nanoseconds < 1e9);
  const since = process.hrtime([seconds, nanoseconds]);
  t.ok(since[0] >= 0 && since[0] < 60);
  t.equal(typeof process.hrtime.bigint(), 'bigint');
  t.ok(process.uptime() > 0);
});

test('memory, events, output', async (t) => {
  t.ok(process.memoryUsage().rss > 1e6);
  let heard;
  process.once('warning', (warning) => (heard = warning));
  process.emitWarning('careful', 'TestWarning');
  t.equal(/** @type {any} */ (heard)?.name, 'TestWarning');
  await new Promise((resolve) =>
    process.stdout.write('# written by process.stdout\n', () => resolve(null)),
  );
  t.equal(process.stdout.fd, 1);
  t.equal(process.stderr.fd, 2);
});
