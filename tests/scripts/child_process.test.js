// `oro:child_process`: programs that run beside the page.

import test from 'oro:test';
import { Buffer } from 'oro:buffer';
import * as module from 'oro:child_process';
import * as node from 'node:child_process';
import { once } from 'oro:events';
import fs from 'oro:fs';
import { request } from 'oro:ipc';
import { tmpdir } from 'oro:os';
import { promisify } from 'oro:util';

const { exec, execFile, execFileSync, execSync, spawn, spawnSync } = module;

/**
 * All that a source gives.
 *
 * @param {any} source
 */
async function all(source) {
  const parts = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

test('one module, and what it has', (t) => {
  t.equal(node.spawn, spawn);
  t.equal(module.default.spawn, spawn);
  t.throws(() => module.fork(), { name: 'NotSupportedError' });
});

test('a child runs, tells of itself, and ends', async (t) => {
  /** @type {unknown[]} */
  const heard = [];
  const child = spawn('sh', ['-c', 'echo out; echo err >&2; exit 3']);
  t.equal(child.pid, undefined);
  t.deepEqual(child.spawnargs, ['sh', '-c', 'echo out; echo err >&2; exit 3']);
  child.on('spawn', () => heard.push('spawn', typeof child.pid));
  child.on('exit', (code, signal) => heard.push('exit', code, signal));
  child.stdout?.setEncoding('utf8');
  let text = '';
  child.stdout?.on('data', (part) => (text += part));
  const [code, signal] = await once(child, 'close');
  t.deepEqual([code, signal], [3, null]);
  t.deepEqual(heard, ['spawn', 'number', 'exit', 3, null]);
  t.equal(text, 'out\n');
  t.deepEqual([child.exitCode, child.signalCode, child.killed], [3, null, false]);
  t.equal(child.kill(), false, 'nobody is there any more');
});

test('words are words, and a shell is there only for who asks', async (t) => {
  const words = ['a b', '"', "'", '$HOME', '*', '', ';', 'ä\n', '-x'];
  const child = spawn('printf', ['%s\\0', ...words]);
  const got = (await all(child.stdout)).toString().split('\0').slice(0, -1);
  t.deepEqual(got, words);
  const shell = spawn('echo $((1 + 1)) "a  b"', { shell: true });
  t.equal((await all(shell.stdout)).toString(), '2 a  b\n');
});

test('bytes of all values go in and come out', async (t) => {
  const child = spawn('cat');
  const bytes = Buffer.alloc(3_000_000);
  for (let n = 0; n < bytes.length; n += 1) bytes[n] = (n ^ (n >> 9)) & 255;
  const came = all(child.stdout);
  const ended = once(child, 'exit');
  let full = 0;
  for (let at = 0; at < bytes.length; at += 100_000) {
    const more = child.stdin?.write(bytes.subarray(at, at + 100_000));
    if (!more) {
      full += 1;
      await once(/** @type {any} */ (child.stdin), 'drain');
    }
  }
  child.stdin?.end();
  t.ok(full > 0, 'the input asks to wait');
  t.equal(Buffer.compare(await came, bytes), 0);
  t.deepEqual(await ended, [0, null]);
});

test('what nobody reads does not keep it from its end', async (t) => {
  const child = spawn('sh', ['-c', 'echo unread']);
  t.deepEqual(await once(child, 'close'), [0, null]);
});

test('an output that is destroyed, an input that nobody reads', async (t) => {
  const yes = spawn('yes');
  await once(/** @type {any} */ (yes.stdout), 'data');
  yes.stdout?.destroy();
  t.deepEqual(await once(yes, 'exit'), [null, 'SIGPIPE']);
  const deaf = spawn('sh', ['-c', 'exec <&-; echo closed; sleep 1000']);
  await once(/** @type {any} */ (deaf.stdout), 'data');
  const failed = once(/** @type {any} */ (deaf.stdin), 'error');
  deaf.stdin?.write('x');
  const error = await failed.then(
    ([error]) => error,
    (error) => error,
  );
  t.equal(error.code, 'EPIPE');
  deaf.kill('SIGKILL');
  t.deepEqual(await once(deaf, 'exit'), [null, 'SIGKILL']);
});

test('where it runs and what it knows', async (t) => {
  const directory = fs.realpathSync(fs.mkdtempSync(`${tmpdir()}/oro-child-`));
  t.teardown(() => fs.rmSync(directory, { recursive: true }));
  const child = spawn('sh', ['-c', 'pwd; echo $A-$HOME-$0'], {
    cwd: directory,
    env: { A: '1 2', B: undefined },
    argv0: 'me',
  });
  t.equal((await all(child.stdout)).toString(), `${directory}\n1 2--me\n`);
  t.match(execSync('echo $HOME', { encoding: 'utf8' }), /^\/.+\n$/, 'as the application');
});

test('signals, times and abortion', async (t) => {
  const killed = spawn('sleep', ['1000']);
  t.equal(killed.kill('SIGINT'), true, 'also before it runs');
  t.equal(killed.killed, true);
  t.deepEqual(await once(killed, 'exit'), [null, 'SIGINT']);
  const running = spawn('sleep', ['1000']);
  await once(running, 'spawn');
  t.equal(running.kill(0), true);
  t.equal(running.killed, false);
  t.throws(() => running.kill('SIGNONE'), { code: 'ERR_UNKNOWN_SIGNAL' });
  t.equal(running.kill(), true);
  t.deepEqual(await once(running, 'exit'), [null, 'SIGTERM']);
  const timed = spawn('sleep', ['1000'], {
    timeout: 20,
    killSignal: 'SIGKILL',
  });
  t.deepEqual(await once(timed, 'exit'), [null, 'SIGKILL']);
  const controller = new AbortController();
  const aborted = spawn('sleep', ['1000'], { signal: controller.signal });
  await once(aborted, 'spawn');
  const error = new Promise((resolve) => aborted.on('error', resolve));
  controller.abort('enough');
  t.equal(/** @type {any} */ (await error).name, 'AbortError');
  if (aborted.signalCode === null) await once(aborted, 'exit');
  t.equal(aborted.signalCode, 'SIGTERM');
});

test('programs that cannot be run', async (t) => {
  const child = spawn('oro-none', ['x']);
  const error = await new Promise((resolve) => child.on('error', resolve));
  t.equal(/** @type {any} */ (error).message, 'spawn oro-none ENOENT');
  const { code, errno, syscall, path, spawnargs } = /** @type {any} */ (error);
  t.deepEqual(
    [code, errno, syscall, path, spawnargs],
    ['ENOENT', -2, 'spawn oro-none', 'oro-none', ['x']],
  );
  t.deepEqual([child.pid, child.exitCode], [undefined, -2]);
  for (const [run, code] of /** @type {Array<[() => unknown, string]>} */ ([
    [() => spawn(''), 'ERR_INVALID_ARG_VALUE'],
    [() => spawn(/** @type {any} */ (1)), 'ERR_INVALID_ARG_TYPE'],
    [() => spawn('a', /** @type {any} */ ('b')), 'ok'],
    [() => spawn('a\0b'), 'ERR_INVALID_ARG_VALUE'],
    [() => spawn('true', { stdio: /** @type {any} */ ('x') }), 'ERR_INVALID_ARG_VALUE'],
    [() => spawn('true', { timeout: -1 }), 'ERR_OUT_OF_RANGE'],
    [() => spawn('true', { cwd: /** @type {any} */ (1) }), 'ERR_INVALID_ARG_TYPE'],
    [() => execFile('true', { maxBuffer: -1 }), 'ERR_OUT_OF_RANGE'],
  ])) {
    if (code !== 'ok') t.throws(run, { code });
  }
});

test('exec and execFile collect', async (t) => {
  const run = promisify(exec);
  t.deepEqual(await run('echo a; echo b >&2'), {
    stdout: 'a\n',
    stderr: 'b\n',
  });
  const file = promisify(execFile);
  t.deepEqual(await file('printf', ['%s', '$A']), { stdout: '$A', stderr: '' });
  const { stdout } = await file('printf', ['\\377'], { encoding: 'buffer' });
  t.deepEqual([...stdout], [255]);
  const failed = await run('echo o; echo e >&2; exit 9').catch((error) => error);
  t.deepEqual(
    [failed.code, failed.killed, failed.signal, failed.cmd, failed.stdout, failed.stderr],
    [9, false, null, 'echo o; echo e >&2; exit 9', 'o\n', 'e\n'],
  );
  t.match(failed.message, /^Command failed: echo o/);
  const long = await file('yes', { maxBuffer: 10 }).catch((error) => error);
  t.equal(long.code, 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER');
  t.equal(long.stdout, 'y\ny\ny\ny\ny\n');
  const slow = await run('echo a; sleep 1000', { timeout: 50 }).catch((error) => error);
  t.deepEqual([slow.killed, slow.signal], [true, 'SIGTERM']);
  const none = await file('oro-none').catch((error) => error);
  t.deepEqual([none.code, none.cmd, none.stdout], ['ENOENT', 'oro-none', '']);
  const called = await new Promise((resolve) => exec('echo c', (...given) => resolve(given)));
  t.deepEqual(called, [null, 'c\n', '']);
});

test('synchronously', (t) => {
  t.equal(execFileSync('cat', { input: 'ä', encoding: 'utf8' }), 'ä');
  t.deepEqual([...execSync('printf "\\\\0\\\\377"')], [0, 255]);
  const result = spawnSync('sh', ['-c', 'cat; echo e >&2; exit 2'], {
    input: Buffer.from([1, 0]),
  });
  t.deepEqual([result.status, result.signal, result.error], [2, null, undefined]);
  t.deepEqual([[...result.stdout], result.stderr.toString()], [[1, 0], 'e\n']);
  t.ok(result.pid > 0);
  const none = spawnSync('oro-none');
  t.deepEqual([none.status, /** @type {any} */ (none.error).code], [null, 'ENOENT']);
  t.equal(/** @type {any} */ (none.error).syscall, 'spawnSync oro-none');
  t.throws(() => execFileSync('false'), {
    status: 1,
    message: 'Command failed: false',
  });
  const slow = spawnSync('sleep', ['1000'], { timeout: 20 });
  t.deepEqual([slow.signal, /** @type {any} */ (slow.error).code], ['SIGTERM', 'ETIMEDOUT']);
  const long = spawnSync('yes', { maxBuffer: 4, encoding: 'utf8' });
  t.deepEqual([long.stdout, /** @type {any} */ (long.error).code], ['y\ny\n', 'ENOBUFS']);
  const env = { A: 'x y', PATH: '/usr/bin:/bin' };
  t.equal(execSync('cat; echo $A', { input: 'i ', env, encoding: 'utf8' }), 'i x y\n');
});

test('many at once, and nothing is left of them', async (t) => {
  const children = async () =>
    /** @type {any} */ ((await request('diagnostics.query')).data).childProcess.handles.count;
  const codes = await Promise.all(
    Array.from({ length: 60 }, async (_, n) => {
      const child = spawn('sh', ['-c', `exit ${n}`]);
      const [code] = await once(child, 'close');
      return code;
    }),
  );
  t.deepEqual(
    codes,
    Array.from({ length: 60 }, (_, n) => n),
  );
  // The limit of the test is the end of the waiting: some of other tests may be on their way.
  while ((await children()) > 0);
  t.equal(await children(), 0);
});
