// `oro:fs/promises`: files and directories on the real file system.

import test from 'oro:test';
import fs, { FileHandle, constants } from 'oro:fs/promises';
import { Buffer } from 'oro:buffer';
import path from 'oro:path';
import { tmpdir } from 'oro:os';

/** @param {any} t @returns {Promise<string>} a directory that the test leaves no trace of */
async function scratch(t) {
  const directory = await fs.mkdtemp(path.join(tmpdir(), 'oro-fs-promises-'));
  t.teardown(() => fs.rm(directory, { recursive: true, force: true }));
  return directory;
}

test('contents survive whatever they are', async (t) => {
  const directory = await scratch(t);
  const every = Uint8Array.from({ length: 256 }, (_, at) => at);
  const large = new Uint8Array(3 * 1024 * 1024 + 7).map((_, at) => at % 251);
  /** @type {Array<[name: string, data: any]>} */
  const cases = [
    ['empty', ''],
    ['text', 'héllo\n💥'],
    ['every byte', every],
    ['utf-8 mark', Uint8Array.of(0xef, 0xbb, 0xbf, 0x41)],
    ['utf-16 mark', Uint8Array.of(0xff, 0xfe, 0x41, 0x00)],
    ['large', large],
    ['view', new Uint16Array([1, 0x203])],
    ['memory', new Uint8Array([7, 8]).buffer],
    ['name with spaces, ümläuts, %41 & ?#', 'x'],
  ];
  for (const [name, data] of cases) {
    const file = path.join(directory, name);
    await fs.writeFile(file, data);
    const expected =
      typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer ?? data);
    const read = await fs.readFile(file);
    t.ok(read.equals(expected), `${name}: ${read.length} of ${expected.length} bytes`);
    t.equal((await fs.stat(file)).size, expected.length, `${name}: size`);
  }
  t.ok(Buffer.isBuffer(await fs.readFile(path.join(directory, 'text'))));
});

test('encodings', async (t) => {
  const file = path.join(await scratch(t), 'f');
  await fs.writeFile(file, '68c3a9', 'hex');
  t.equal(await fs.readFile(file, 'utf8'), 'hé');
  t.equal(await fs.readFile(file, { encoding: 'base64' }), 'aMOp');
  t.equal(await fs.readFile(file, 'latin1'), 'hÃ©');
  await fs.writeFile(file, Uint8Array.of(0xef, 0xbb, 0xbf, 0x41));
  t.equal(await fs.readFile(file, 'utf8'), '\ufeffA', 'the mark stays');
  await t.rejects(fs.readFile(file, 'nope'), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('flags decide what a write does', async (t) => {
  const file = path.join(await scratch(t), 'f');
  await fs.writeFile(file, 'abc');
  await fs.writeFile(file, 'X', { flag: 'r+' });
  t.equal(await fs.readFile(file, 'utf8'), 'Xbc');
  await fs.appendFile(file, 'd');
  t.equal(await fs.readFile(file, 'utf8'), 'Xbcd');
  await fs.writeFile(file, 'e', { flag: 'a' });
  t.equal(await fs.readFile(file, 'utf8'), 'Xbcde');
  await t.rejects(fs.writeFile(file, '', { flag: 'wx' }), {
    code: 'EEXIST',
    path: file,
  });
  await fs.writeFile(file, ['1', '2', Buffer.from('3')], { mode: 0o600 });
  t.equal(await fs.readFile(file, 'utf8'), '123', 'chunks');
  await fs.writeFile(file, 'flushed', { flush: true });
  t.equal(await fs.readFile(file, { encoding: 'utf8', flag: 'a+' }), 'flushed');
});

test('errors are spelled as Node spells them', async (t) => {
  const directory = await scratch(t);
  const none = path.join(directory, 'none');
  const file = path.join(directory, 'file');
  await fs.writeFile(file, 'x');
  /** @type {Array<[work: () => Promise<any>, code: string, message: string]>} */
  const cases = [
    [() => fs.open(none), 'ENOENT', `no such file or directory, open '${none}'`],
    [() => fs.readFile(none), 'ENOENT', `no such file or directory, open '${none}'`],
    [() => fs.stat(none), 'ENOENT', `no such file or directory, stat '${none}'`],
    [() => fs.lstat(none), 'ENOENT', `no such file or directory, lstat '${none}'`],
    [() => fs.access(none), 'ENOENT', `no such file or directory, access '${none}'`],
    [() => fs.unlink(none), 'ENOENT', `no such file or directory, unlink '${none}'`],
    [() => fs.rmdir(none), 'ENOENT', `no such file or directory, rmdir '${none}'`],
    [() => fs.readdir(none), 'ENOENT', `no such file or directory, scandir '${none}'`],
    [() => fs.opendir(none), 'ENOENT', `no such file or directory, opendir '${none}'`],
    [() => fs.readlink(file), 'EINVAL', `invalid argument, readlink '${file}'`],
    [() => fs.realpath(none), 'ENOENT', `no such file or directory, realpath '${none}'`],
    [() => fs.chmod(none, 0o600), 'ENOENT', `no such file or directory, chmod '${none}'`],
    [() => fs.utimes(none, 1, 1), 'ENOENT', `no such file or directory, utime '${none}'`],
    [() => fs.mkdir(file), 'EEXIST', `file already exists, mkdir '${file}'`],
    [
      () => fs.mkdir(path.join(none, 'x')),
      'ENOENT',
      `no such file or directory, mkdir '${path.join(none, 'x')}'`,
    ],
    [() => fs.readdir(file), 'ENOTDIR', `not a directory, scandir '${file}'`],
    [
      () => fs.stat(path.join(file, 'x')),
      'ENOTDIR',
      `not a directory, stat '${path.join(file, 'x')}'`,
    ],
    [() => fs.readFile(directory), 'EISDIR', 'illegal operation on a directory, read'],
    [
      () => fs.writeFile(directory, ''),
      'EISDIR',
      `illegal operation on a directory, open '${directory}'`,
    ],
    [() => fs.rmdir(directory), 'ENOTEMPTY', `directory not empty, rmdir '${directory}'`],
    [
      () => fs.rename(none, file),
      'ENOENT',
      `no such file or directory, rename '${none}' -> '${file}'`,
    ],
    [() => fs.link(none, file), 'ENOENT', `no such file or directory, link '${none}' -> '${file}'`],
    [() => fs.symlink('t', file), 'EEXIST', `file already exists, symlink 't' -> '${file}'`],
    [
      () => fs.copyFile(none, file),
      'ENOENT',
      `no such file or directory, copyfile '${none}' -> '${file}'`,
    ],
    [() => fs.stat(''), 'ENOENT', `no such file or directory, stat ''`],
  ];
  for (const [work, code, message] of cases) {
    const error = /** @type {any} */ (await t.rejects(work, { code }, `${work} gives ${code}`));
    t.equal(error?.message, `${code}: ${message}`);
    t.ok(error?.errno < 0 && error instanceof Error);
  }
});

test('wrong arguments are refused before anything happens', async (t) => {
  /** @type {Array<[work: () => Promise<any>, code: string]>} */
  const cases = [
    [() => fs.readFile(/** @type {any} */ (null)), 'ERR_INVALID_ARG_TYPE'],
    [() => fs.stat(/** @type {any} */ ({})), 'ERR_INVALID_ARG_TYPE'],
    [() => fs.stat('a\0b'), 'ERR_INVALID_ARG_VALUE'],
    [() => fs.open('x', 'q'), 'ERR_INVALID_ARG_VALUE'],
    [() => fs.chmod('x', '9'), 'ERR_INVALID_ARG_VALUE'],
    [() => fs.writeFile('x', /** @type {any} */ (5)), 'ERR_INVALID_ARG_TYPE'],
    [() => fs.utimes('x', 'soon', 1), 'ERR_INVALID_ARG_TYPE'],
    [() => fs.access('x', 99), 'ERR_OUT_OF_RANGE'],
    [() => fs.stat(new URL('http://x/')), 'ERR_INVALID_URL_SCHEME'],
  ];
  for (const [work, code] of cases) await t.rejects(work, { code }, `${work} gives ${code}`);
});

test('stats', async (t) => {
  const directory = await scratch(t);
  const file = path.join(directory, 'f');
  const link = path.join(directory, 'l');
  await fs.writeFile(file, 'hello');
  await fs.chmod(file, 0o640);
  await fs.symlink('f', link);
  await fs.utimes(file, new Date(1_000_000_500), 2_000_000.25);
  const stats = await fs.stat(link);
  t.deepEqual([stats.isFile(), stats.isDirectory(), stats.isSymbolicLink()], [true, false, false]);
  t.equal((await fs.lstat(link)).isSymbolicLink(), true);
  t.equal((await fs.stat(directory)).isDirectory(), true);
  t.equal(stats.size, 5);
  t.equal(stats.mode & 0o7777, 0o640);
  t.equal(stats.atime.getTime(), 1_000_000_500);
  t.equal(stats.mtimeMs, 2_000_000_250);
  t.ok(stats.ctime instanceof Date && stats.ino > 0 && stats.nlink === 1);
  const big = await fs.stat(file, { bigint: true });
  t.equal(big.size, 5n);
  t.equal(big.mtimeNs, 2_000_000_250_000_000n);
  t.equal(big.ino, BigInt(stats.ino));
  const [system, bigSystem] = [await fs.statfs(link), await fs.statfs(file, { bigint: true })];
  t.ok(system.bsize > 0 && system.blocks > system.bfree && system.bfree >= system.bavail);
  t.deepEqual([bigSystem.type, bigSystem.blocks], [BigInt(system.type), BigInt(system.blocks)]);
});

test('handles read and write at positions', async (t) => {
  const file = path.join(await scratch(t), 'f');
  const handle = await fs.open(file, 'w+');
  t.ok(handle instanceof FileHandle && handle.fd > 2);
  t.equal((await handle.write('0123456789')).bytesWritten, 10);
  t.equal((await handle.write(Buffer.from('AB'), 0, 2, 3)).bytesWritten, 2);
  const buffer = Buffer.alloc(8, '.');
  t.deepEqual(await handle.read(buffer, 1, 4, 2), { bytesRead: 4, buffer });
  t.equal(buffer.toString(), '.2AB5...');
  t.equal((await handle.read({ buffer, position: 10 })).bytesRead, 0, 'the end');
  await handle.truncate(4);
  t.equal((await handle.stat()).size, 4);
  await handle.sync();
  await handle.datasync();
  t.equal((await handle.writev([Buffer.from('x'), Buffer.from('yz')], 0)).bytesWritten, 3);
  const parts = [Buffer.alloc(2), Buffer.alloc(8)];
  t.equal((await handle.readv(parts, 0)).bytesRead, 4);
  t.deepEqual(
    parts.map((part) => part.toString('latin1', 0, 2)),
    ['xy', 'zA'],
  );
  await handle.close();
  await handle.close();
  t.equal(handle.fd, -1);
  await t.rejects(handle.read(buffer), { code: 'EBADF' });
  t.equal(await fs.readFile(file, 'utf8'), 'xyzA');
});

test('reads and writes without a position follow each other', async (t) => {
  const file = path.join(await scratch(t), 'f');
  await fs.writeFile(file, 'abcdef');
  const handle = await fs.open(file, 'r');
  t.teardown(() => handle.close());
  const buffer = Buffer.alloc(2);
  const seen = [];
  while ((await handle.read(buffer)).bytesRead > 0) seen.push(buffer.toString());
  t.deepEqual(seen, ['ab', 'cd', 'ef']);
  await t.rejects(handle.write('x'), { code: 'EBADF' }, 'it is open for reading only');
});

test('a handle reads the rest, lines and streams', async (t) => {
  const file = path.join(await scratch(t), 'f');
  await fs.writeFile(file, 'one\ntwo\r\nthree');
  const lines = [];
  const handle = await fs.open(file);
  for await (const line of handle.readLines()) lines.push(line);
  t.deepEqual(lines, ['one', 'two', 'three']);
  const second = await fs.open(file);
  await second.read(Buffer.alloc(4));
  t.equal(await second.readFile('utf8'), 'two\r\nthree');
  await second.close();
  const third = await fs.open(file);
  t.equal(await new Response(third.readableWebStream()).text(), 'one\ntwo\r\nthree');
  await third[Symbol.asyncDispose]();
  t.equal(third.fd, -1);
});

test('directories', async (t) => {
  const directory = await scratch(t);
  const deep = path.join(directory, 'a', 'b', 'c');
  t.equal(
    await fs.mkdir(deep, { recursive: true }),
    path.join(directory, 'a'),
    'the first that was made',
  );
  t.equal(await fs.mkdir(deep, { recursive: true }), undefined);
  await fs.writeFile(path.join(deep, 'f'), '12345');
  await fs.symlink('b', path.join(directory, 'a', 'l'));
  t.deepEqual((await fs.readdir(path.join(directory, 'a'))).sort(), ['b', 'l']);
  t.deepEqual((await fs.readdir(directory, { recursive: true })).sort(), [
    'a',
    'a/b',
    'a/b/c',
    'a/b/c/f',
    'a/l',
  ]);
  const entries = await fs.readdir(path.join(directory, 'a'), {
    withFileTypes: true,
  });
  entries.sort((x, y) => (x.name < y.name ? -1 : 1));
  t.deepEqual(
    entries.map((entry) => [entry.name, entry.isDirectory(), entry.isSymbolicLink()]),
    [
      ['b', true, false],
      ['l', false, true],
    ],
  );
  t.equal(entries[0]?.parentPath, path.join(directory, 'a'));
  await t.rejects(fs.rm(directory), { code: 'ERR_FS_EISDIR' });
  await fs.rm(path.join(directory, 'a'), { recursive: true });
  t.deepEqual(await fs.readdir(directory), []);
  await t.rejects(fs.rm(path.join(directory, 'a')), { code: 'ENOENT' });
  await fs.rm(path.join(directory, 'a'), { force: true });
});

test('a directory is read entry by entry', async (t) => {
  const directory = await scratch(t);
  const names = Array.from({ length: 2500 }, (_, at) => `f${at}`);
  for (let at = 0; at < names.length; at += 250) {
    await Promise.all(
      names.slice(at, at + 250).map((name) => fs.writeFile(path.join(directory, name), name)),
    );
  }
  const seen = new Set();
  for await (const entry of await fs.opendir(directory, { bufferSize: 100 })) {
    t.ok(!seen.has(entry.name) || entry.name);
    seen.add(entry.name);
  }
  t.equal(seen.size, names.length);
  const dir = await fs.opendir(directory, { stats: true });
  const entry = await dir.read();
  t.equal(entry?.size, entry?.name.length, 'size with stats');
  t.ok(Math.abs(Date.now() - (entry?.mtimeMs ?? 0)) < 600_000, 'time with stats');
  let rest = 0;
  for (let many = await dir.readMany(); many.length > 0; many = await dir.readMany())
    rest += many.length;
  t.equal(rest, names.length - 1);
  t.equal(await dir.read(), null);
  await dir.close();
  await t.rejects(dir.read(), { code: 'ERR_DIR_CLOSED' });
});

test('names', async (t) => {
  const directory = await scratch(t);
  const names = ['a b', 'ü', '100%', 'a?b#c&d=e', 'q"\'`', 'new\nline', '💥', '%2F'];
  for (const name of names) await fs.writeFile(path.join(directory, name), name);
  t.deepEqual((await fs.readdir(directory)).sort(), [...names].sort());
  for (const name of names) t.equal(await fs.readFile(path.join(directory, name), 'utf8'), name);
  const url = new URL(`file://${directory}/${encodeURIComponent('a b')}`);
  t.equal(await fs.readFile(url, 'utf8'), 'a b', 'an address');
  t.equal(await fs.readFile(Buffer.from(path.join(directory, 'ü')), 'utf8'), 'ü', 'bytes');
});

test('entries are renamed, copied, linked and shortened', async (t) => {
  const directory = await scratch(t);
  const at = (/** @type {string} */ name) => path.join(directory, name);
  await fs.writeFile(at('a'), 'content');
  await fs.rename(at('a'), at('b'));
  await t.rejects(fs.access(at('a')), { code: 'ENOENT' });
  await fs.copyFile(at('b'), at('c'));
  await t.rejects(fs.copyFile(at('b'), at('c'), constants.COPYFILE_EXCL), {
    code: 'EEXIST',
  });
  await fs.link(at('b'), at('d'));
  t.equal((await fs.stat(at('d'))).nlink, 2);
  await fs.symlink('c', at('e'));
  t.equal(await fs.readlink(at('e')), 'c');
  t.equal(await fs.realpath(at('e')), await fs.realpath(at('c')));
  await fs.truncate(at('c'), 3);
  t.equal(await fs.readFile(at('e'), 'utf8'), 'con');
  await fs.truncate(at('c'), 5);
  t.equal(await fs.readFile(at('c'), 'latin1'), 'con\0\0');
  await fs.access(at('b'), constants.R_OK | constants.W_OK);
  await fs.unlink(at('e'));
  t.deepEqual((await fs.readdir(directory)).sort(), ['b', 'c', 'd']);
});

test('trees are copied', async (t) => {
  const directory = await scratch(t);
  const at = (/** @type {string[]} */ ...names) => path.join(directory, ...names);
  await fs.mkdir(at('src', 'sub'), { recursive: true });
  await fs.writeFile(at('src', 'a'), 'a');
  await fs.writeFile(at('src', 'sub', 'b'), 'b');
  await fs.symlink(at('src', 'a'), at('src', 'l'));
  await t.rejects(fs.cp(at('src'), at('dest')), { code: 'ERR_FS_EISDIR' });
  await fs.cp(at('src'), at('dest'), {
    recursive: true,
    filter: (from) => !from.endsWith('/l'),
  });
  t.deepEqual((await fs.readdir(at('dest'), { recursive: true })).sort(), ['a', 'sub', 'sub/b']);
  await fs.writeFile(at('dest', 'a'), 'kept');
  await fs.cp(at('src'), at('dest'), { recursive: true, force: false });
  t.equal(await fs.readFile(at('dest', 'a'), 'utf8'), 'kept');
  t.equal(await fs.readlink(at('dest', 'l')), at('src', 'a'));
  await fs.cp(at('src'), at('dest'), { recursive: true });
  t.equal(await fs.readFile(at('dest', 'a'), 'utf8'), 'a');
  await t.rejects(fs.cp(at('src'), at('src', 'sub', 'x'), { recursive: true }), {
    code: 'ERR_FS_CP_EINVAL',
  });
  await fs.symlink('sub/b', at('src', 'r'));
  await fs.cp(at('src', 'r'), at('dest', 'absolute'));
  t.equal(await fs.readlink(at('dest', 'absolute')), at('src', 'sub', 'b'));
  await fs.cp(at('src', 'r'), at('dest', 'verbatim'), { verbatimSymlinks: true });
  t.equal(await fs.readlink(at('dest', 'verbatim')), 'sub/b');
});

test('a signal ends the work', async (t) => {
  const file = path.join(await scratch(t), 'f');
  await fs.writeFile(file, 'x');
  await t.rejects(fs.readFile(file, { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
  const controller = new AbortController();
  const reading = fs.readFile(file, { signal: controller.signal });
  controller.abort();
  await t.rejects(reading, { name: 'AbortError', code: 'ABORT_ERR' });
  await t.rejects(fs.writeFile(file, 'y', { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
  t.equal(await fs.readFile(file, 'utf8'), 'x', 'nothing was written');
});

test('many at once are all answered', async (t) => {
  const directory = await scratch(t);
  const names = Array.from({ length: 500 }, (_, at) => path.join(directory, String(at)));
  await Promise.all(names.map((name) => fs.writeFile(name, name)));
  const texts = await Promise.all(names.map((name) => fs.readFile(name, 'utf8')));
  t.deepEqual(texts, names);
});
