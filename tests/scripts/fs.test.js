// `oro:fs`: callbacks, blocking calls and streams.

import test from 'oro:test';
import fs, { constants } from 'oro:fs';
import promises from 'oro:fs/promises';
import { Buffer } from 'oro:buffer';
import { pipelinePromise } from 'oro:stream';
import path from 'oro:path';
import { tmpdir } from 'oro:os';
import { promisify } from 'oro:util';

/** @param {any} t */
function scratch(t) {
  const directory = fs.mkdtempSync(path.join(tmpdir(), 'oro-fs-'));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** @param {(done: (error: Error | null, ...results: any[]) => void) => void} start @returns {Promise<any[]>} */
const called = (start) =>
  new Promise((resolve, reject) =>
    start((error, ...results) => (error ? reject(error) : resolve(results))),
  );

test('callbacks', async (t) => {
  const directory = scratch(t);
  const file = path.join(directory, 'f');
  await called((done) => fs.writeFile(file, 'hello', done));
  t.equal((await called((done) => fs.readFile(file, 'utf8', done)))[0], 'hello');
  await called((done) => fs.appendFile(file, '!', done));
  t.equal((await called((done) => fs.stat(file, done)))[0].size, 6);
  t.equal((await called((done) => fs.stat(file, { bigint: true }, done)))[0].size, 6n);
  const [fd] = await called((done) => fs.open(file, 'r+', done));
  const buffer = Buffer.alloc(5);
  t.deepEqual(await called((done) => fs.read(fd, buffer, 0, 5, 1, done)), [5, buffer]);
  t.equal(buffer.toString(), 'ello!');
  t.deepEqual(await called((done) => fs.write(fd, 'J', 0, done)), [1, 'J']);
  t.equal((await called((done) => fs.fstat(fd, done)))[0].isFile(), true);
  await called((done) => fs.ftruncate(fd, 2, done));
  await called((done) => fs.fsync(fd, done));
  await called((done) => fs.close(fd, done));
  t.equal(fs.readFileSync(file, 'utf8'), 'Je');
  await called((done) => fs.mkdir(path.join(directory, 'a/b'), { recursive: true }, done));
  t.deepEqual((await called((done) => fs.readdir(directory, done)))[0].sort(), ['a', 'f']);
  const [dir] = await called((done) => fs.opendir(directory, done));
  t.equal(typeof (await called((done) => dir.read(done)))[0].name, 'string');
  await called((done) => dir.close(done));
  const blob = await fs.openAsBlob(file, { type: 'text/plain' });
  t.deepEqual([await blob.text(), blob.type], ['Je', 'text/plain']);
  t.equal(await new Promise((resolve) => fs.exists(file, resolve)), true);
  t.equal(await promisify(fs.exists)('/proc/sys/kernel/none'), false);
  t.deepEqual(await promisify(fs.read)(fs.openSync(file), Buffer.alloc(2), 0, 2, 0), {
    bytesRead: 2,
    buffer: Buffer.from('Je'),
  });
});

test('errors reach the callback, wrong arguments are thrown', async (t) => {
  const error = /** @type {any} */ (
    await t.rejects(called((done) => fs.stat('/proc/sys/kernel/none', done)))
  );
  t.deepEqual([error.code, error.syscall, error.path], ['ENOENT', 'stat', '/proc/sys/kernel/none']);
  t.throws(() => fs.stat('/x', /** @type {any} */ (undefined)), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
  t.throws(() => fs.stat(/** @type {any} */ (5), () => {}), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
  t.throws(() => fs.close(/** @type {any} */ ('1'), () => {}), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
  t.throws(() => fs.closeSync(-5), { code: 'ERR_OUT_OF_RANGE' });
  t.throws(() => fs.closeSync(9999), { code: 'EBADF' });
});

test('blocking calls', (t) => {
  const directory = scratch(t);
  const at = (/** @type {string} */ name) => path.join(directory, name);
  const every = Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index));
  fs.writeFileSync(at('f'), every);
  t.ok(fs.readFileSync(at('f')).equals(every), 'every byte');
  for (const mark of [
    [0xef, 0xbb, 0xbf, 1],
    [0xfe, 0xff, 1, 2],
    [0xff, 0xfe, 1, 2],
  ]) {
    fs.writeFileSync(at('m'), Uint8Array.from(mark));
    t.deepEqual([...fs.readFileSync(at('m'))], mark, 'a mark of an encoding is bytes like others');
  }
  fs.appendFileSync(at('f'), 'x');
  t.equal(fs.statSync(at('f')).size, 257);
  t.equal(fs.existsSync(at('f')), true);
  t.equal(fs.existsSync(at('g')), false);
  t.equal(fs.statSync(at('g'), { throwIfNoEntry: false }), undefined);
  t.throws(() => fs.statSync(at('g')), {
    code: 'ENOENT',
    message: `ENOENT: no such file or directory, stat '${at('g')}'`,
  });
  t.throws(() => fs.accessSync(at('g'), constants.R_OK), { code: 'ENOENT' });
  const fd = fs.openSync(at('f'), 'r+');
  const buffer = Buffer.alloc(4);
  t.equal(fs.readSync(fd, buffer, 0, 4, 65), 4);
  t.equal(buffer.toString(), 'ABCD');
  t.equal(fs.writeSync(fd, 'zz', 65), 2);
  t.equal(fs.readSync(fd, buffer, { position: 64 }), 4);
  t.equal(buffer.toString(), '@zzC');
  t.equal(fs.fstatSync(fd).size, 257);
  fs.ftruncateSync(fd, 10);
  fs.fsyncSync(fd);
  fs.closeSync(fd);
  t.equal(fs.statSync(at('f')).size, 10);
  fs.mkdirSync(at('d/e'), { recursive: true });
  fs.copyFileSync(at('f'), at('d/e/c'));
  fs.renameSync(at('d/e/c'), at('d/c'));
  fs.symlinkSync('f', at('l'));
  fs.linkSync(at('f'), at('h'));
  t.equal(fs.readlinkSync(at('l')), 'f');
  t.equal(fs.realpathSync(at('l')), fs.realpathSync(at('f')));
  t.equal(fs.lstatSync(at('l')).isSymbolicLink(), true);
  fs.chmodSync(at('f'), '600');
  t.equal(fs.statSync(at('f')).mode & 0o777, 0o600);
  fs.utimesSync(at('f'), 10, 20);
  t.equal(fs.statSync(at('f')).mtimeMs, 20_000);
  fs.truncateSync(at('f'), 1);
  t.deepEqual(fs.readdirSync(directory).sort(), ['d', 'f', 'h', 'l', 'm']);
  t.deepEqual(
    fs
      .readdirSync(at('d'), { withFileTypes: true })
      .map((e) => [e.name, e.isDirectory()])
      .sort(),
    [
      ['c', false],
      ['e', true],
    ],
  );
  const dir = fs.opendirSync(directory);
  let count = 0;
  while (dir.readSync()) count += 1;
  dir.closeSync();
  t.equal(count, 5);
  fs.cpSync(at('d'), at('copy'), { recursive: true });
  t.deepEqual(fs.readdirSync(at('copy')).sort(), ['c', 'e']);
  fs.unlinkSync(at('l'));
  fs.rmdirSync(at('d/e'));
  fs.rmSync(at('d'), { recursive: true });
  t.equal(fs.existsSync(at('d')), false);
});

test('a read stream gives all bytes, or those it is asked for', async (t) => {
  const file = path.join(scratch(t), 'f');
  const bytes = Buffer.from(Uint8Array.from({ length: 1_000_003 }, (_, at) => at % 253));
  fs.writeFileSync(file, bytes);
  /** @type {Array<[options: any, from: number, to: number]>} */
  const cases = [
    [{}, 0, bytes.length],
    [{ highWaterMark: 1000 }, 0, bytes.length],
    [{ start: 10, end: 19 }, 10, 20],
    [{ start: 999_999 }, 999_999, bytes.length],
    [{ end: 0 }, 0, 1],
    [{ start: 2_000_000 }, 0, 0],
  ];
  for (const [options, from, to] of cases) {
    const stream = fs.createReadStream(file, options);
    const parts = [];
    for await (const part of stream) parts.push(part);
    t.ok(
      Buffer.concat(parts).equals(Buffer.from(bytes.subarray(from, to))),
      JSON.stringify(options),
    );
    t.equal(stream.bytesRead, to - from);
    t.equal(stream.fd, null, 'the file is closed');
  }
  t.throws(() => fs.createReadStream(file, { start: 5, end: 1 }), {
    code: 'ERR_OUT_OF_RANGE',
  });
});

test('a read stream decodes, fails and is ended', async (t) => {
  const directory = scratch(t);
  const file = path.join(directory, 'f');
  fs.writeFileSync(file, 'ä'.repeat(1000));
  let text = '';
  for await (const part of fs.createReadStream(file, {
    encoding: 'utf8',
    highWaterMark: 33,
  }))
    text += part;
  t.equal(text, 'ä'.repeat(1000), 'a character over two chunks stays whole');
  const error = await new Promise((resolve) =>
    fs.createReadStream(path.join(directory, 'none')).on('error', resolve).resume(),
  );
  t.equal(error.code, 'ENOENT');
  const controller = new AbortController();
  const stream = fs.createReadStream(file, { signal: controller.signal });
  const failed = new Promise((resolve) => stream.on('error', resolve));
  controller.abort();
  t.equal((await failed).name, 'AbortError');
});

test('a write stream writes everything in order', async (t) => {
  const directory = scratch(t);
  const file = path.join(directory, 'f');
  const stream = fs.createWriteStream(file, { highWaterMark: 100 });
  let expected = '';
  let full = false;
  for (let at = 0; at < 1000; at += 1) {
    expected += `${at},`;
    full = !stream.write(`${at},`) || full;
  }
  await new Promise((resolve, reject) =>
    stream.on('error', reject).on('close', resolve).end('end'),
  );
  t.equal(fs.readFileSync(file, 'utf8'), `${expected}end`);
  t.equal(stream.bytesWritten, expected.length + 3);
  t.ok(full, 'it asks to wait');
  const tail = fs.createWriteStream(file, { flags: 'r+', start: 2 });
  await new Promise((resolve) => tail.on('close', resolve).end(Buffer.from('XY')));
  t.equal(fs.readFileSync(file, 'utf8').slice(0, 6), '0,XY2,');
  t.throws(() => fs.createWriteStream(file).write(/** @type {any} */ (5)), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
});

test('streams are joined', async (t) => {
  const directory = scratch(t);
  const [from, to] = [path.join(directory, 'from'), path.join(directory, 'to')];
  const bytes = Buffer.from(Uint8Array.from({ length: 2_000_000 }, (_, at) => (at * 7) % 256));
  fs.writeFileSync(from, bytes);
  await pipelinePromise(fs.createReadStream(from), fs.createWriteStream(to));
  t.ok(fs.readFileSync(to).equals(bytes));
  await t.rejects(
    pipelinePromise(fs.createReadStream(path.join(directory, 'none')), fs.createWriteStream(to)),
    { code: 'ENOENT' },
  );
});

test('the module', (t) => {
  t.equal(fs.promises, promises);
  t.equal(fs.constants.O_CREAT | fs.constants.O_EXCL, constants.O_CREAT | constants.O_EXCL);
  t.deepEqual([fs.F_OK, fs.X_OK, fs.W_OK, fs.R_OK], [0, 1, 2, 4]);
  for (const name of Object.keys(promises)) {
    if (['FileHandle', 'constants', 'watch'].includes(name)) continue;
    t.equal(typeof (/** @type {any} */ (fs)[name]), 'function', `fs.${name}`);
    t.equal(typeof (/** @type {any} */ (fs)[`${name}Sync`]), 'function', `fs.${name}Sync`);
  }
});
