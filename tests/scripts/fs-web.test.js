// `oro:fs/web`: files of the disk with the classes of the web's File System standard.

import test from 'oro:test';
import fs from 'oro:fs/promises';
import path from 'oro:path';
import { tmpdir } from 'oro:os';
import web, {
  FileSystemDirectoryHandle,
  FileSystemFileHandle,
  FileSystemHandle,
  FileSystemWritableFileStream,
  createFile,
  createFileSystemDirectoryHandle,
  createFileSystemFileHandle,
} from 'oro:fs/web';

const LARGE = 65 * 1024 * 1024;

/** @param {any} t @returns {Promise<string>} a directory that the test leaves no trace of */
async function scratch(t) {
  const directory = await fs.mkdtemp(path.join(tmpdir(), 'oro-fs-web-'));
  t.teardown(() => fs.rm(directory, { recursive: true, force: true }));
  return directory;
}

/** @param {any} t */
async function file(t, content = 'hello, world') {
  const directory = await scratch(t);
  const name = path.join(directory, 'file.txt');
  await fs.writeFile(name, content);
  return { directory, name, handle: await createFileSystemFileHandle(name) };
}

test('a file is a file of the platform', async (t) => {
  const { name, handle } = await file(t, 'größe');
  for (const one of [await handle.getFile(), await createFile(name)]) {
    t.ok(one instanceof File);
    t.deepEqual([one.name, one.type, one.size], ['file.txt', 'text/plain', 7]);
    t.equal(one.lastModified, Math.floor((await fs.stat(name)).mtimeMs));
    t.equal(await one.text(), 'größe');
    t.equal(await (await fetch(URL.createObjectURL(one))).text(), 'größe');
  }
  t.equal((await createFile(name, { type: 'a/b' })).type, 'a/b');
});

test('a large file stays on the disk', async (t) => {
  const { name } = await file(t, '');
  const open = await fs.open(name, 'r+');
  await open.truncate(LARGE);
  await open.write('begin', 0);
  await open.write('end', LARGE - 3);
  await open.close();
  const large = await createFile(name);
  t.ok(large instanceof File && large.size === LARGE && large.name === 'file.txt');
  t.throws(() => URL.createObjectURL(large), TypeError, 'the platform has not got its content');
  /** @type {Array<[start?: number, end?: number, want?: string]>} */
  const slices = [
    [0, 5, 'begin'],
    [-3, undefined, 'end'],
    [LARGE - 3, LARGE + 9, 'end'],
    [1, -LARGE + 3, 'eg'],
    [9, 3, ''],
    [LARGE, undefined, ''],
  ];
  for (const [start, end, want] of slices) {
    const slice = large.slice(start, end, 'x/y');
    t.deepEqual([await slice.text(), slice.size, slice.type], [want, want?.length, 'x/y']);
  }
  t.equal(
    await large
      .slice(LARGE - 10)
      .slice(7, 9)
      .text(),
    'en',
  );
  let bytes = 0;
  const count = new WritableStream({ write: (chunk) => void (bytes += chunk.length) });
  await large.stream().pipeTo(count);
  t.equal(bytes, LARGE);
  const reader = large.stream().getReader();
  t.equal((await reader.read()).value?.[0], 'b'.charCodeAt(0));
  await reader.cancel();
  await fs.writeFile(name, 'another');
  await t.rejects(large.slice(0, 5).text(), { name: 'NotReadableError' });
});

test('what is written takes the place of the file when it is closed', async (t) => {
  const { directory, name, handle } = await file(t);
  await fs.chmod(name, 0o640);
  const read = () => fs.readFile(name, 'utf8');
  /** @type {Array<[chunks: any[], want: string]>} */
  const cases = [
    [['a', new Uint8Array([98]), new Blob(['c']), new Uint8Array([100]).buffer], 'abcd'],
    [[{ type: 'write', data: 'xyz' }, { type: 'write', data: '-', position: 1 }, '!'], 'x-!'],
    [['abc', { type: 'seek', position: 1 }, 'X'], 'aXc'],
    [['abcdef', { type: 'truncate', size: 2 }, 'Y'], 'abY'],
    [[{ type: 'seek', position: 2 }, 'z'], '\0\0z'],
    [[], ''],
  ];
  for (const [chunks, want] of cases) {
    const before = await read();
    const stream = await handle.createWritable();
    t.ok(stream instanceof FileSystemWritableFileStream && stream instanceof WritableStream);
    for (const chunk of chunks) await stream.write(chunk);
    t.equal(await read(), before, 'not before');
    await stream.close();
    t.equal(await read(), want);
  }
  t.equal((await fs.stat(name)).mode & 0o777, 0o640);
  await fs.writeFile(name, 'kept');
  const kept = await handle.createWritable({ keepExistingData: true });
  await kept.seek(4);
  await kept.write(' and more');
  await kept.truncate(8);
  await kept.close();
  t.equal(await read(), 'kept and');
  await new Blob(['piped']).stream().pipeTo(await handle.createWritable());
  t.equal(await read(), 'piped');
  await fs.symlink('file.txt', path.join(directory, 'link'));
  const link = await createFileSystemFileHandle(path.join(directory, 'link'));
  const through = await link.createWritable();
  await through.write('through');
  await through.close();
  t.equal(await read(), 'through', 'a link goes on being one');
  t.deepEqual((await fs.readdir(directory)).sort(), ['file.txt', 'link']);
});

test('a name may be as long as the system lets it', async (t) => {
  const top = await createFileSystemDirectoryHandle(await scratch(t));
  const long = await top.getFileHandle('n'.repeat(255), { create: true });
  const stream = await long.createWritable();
  await stream.write('text');
  await stream.close();
  t.equal(await (await long.getFile()).text(), 'text');
});

test('what is given up leaves nothing behind', async (t) => {
  const { directory, name, handle } = await file(t, 'old');
  const replaced = await handle.createWritable();
  await fs.unlink(name);
  await fs.mkdir(name);
  await t.rejects(replaced.close(), { name: 'TypeMismatchError' }, 'a directory is in its place');
  await fs.rmdir(name);
  await fs.writeFile(name, 'old');
  const aborted = await handle.createWritable();
  await aborted.write('new');
  await aborted.abort();
  for (const wrong of [null, { type: 'write' }, { type: 'seek' }, { type: 'truncate', size: -1 }]) {
    const stream = await handle.createWritable();
    await t.rejects(stream.write(/** @type {any} */ (wrong)), TypeError, JSON.stringify(wrong));
  }
  t.equal(await fs.readFile(name, 'utf8'), 'old');
  t.deepEqual(await fs.readdir(directory), ['file.txt']);
});

test('a directory gives handles, makes and removes', async (t) => {
  const directory = await scratch(t);
  const top = await createFileSystemDirectoryHandle(directory);
  t.ok(top instanceof FileSystemDirectoryHandle && top instanceof FileSystemHandle);
  t.deepEqual(
    [top.kind, top.name, String(top)],
    ['directory', path.basename(directory), '[object FileSystemDirectoryHandle]'],
  );
  const below = await top.getDirectoryHandle('below', { create: true });
  const deep = await below.getFileHandle('deep.txt', { create: true });
  t.ok(deep instanceof FileSystemFileHandle && deep.kind === 'file');
  const again = await below.getFileHandle('deep.txt', { create: true });
  t.equal(await deep.isSameEntry(again), true);
  t.equal(await deep.isSameEntry(below), false);
  t.deepEqual(await top.resolve(deep), ['below', 'deep.txt']);
  t.deepEqual([await top.resolve(top), await below.resolve(top)], [[], null]);
  await fs.symlink('below', path.join(directory, 'link'));
  await fs.symlink('nowhere', path.join(directory, 'dangling'));
  const kinds = /** @type {Record<string, string>} */ ({});
  for await (const [name, { kind }] of top) kinds[name] = kind;
  t.deepEqual(kinds, { below: 'directory', link: 'directory' });
  const names = [];
  for await (const name of below.keys()) names.push(name);
  t.deepEqual(names, ['deep.txt']);
  await t.rejects(top.removeEntry('below'), { name: 'InvalidModificationError' });
  await top.removeEntry('below', { recursive: true });
  await top.removeEntry('link');
  t.deepEqual(await fs.readdir(directory), ['dangling']);
});

test('errors are named as the web names them', async (t) => {
  const { directory, name, handle } = await file(t);
  const top = await createFileSystemDirectoryHandle(directory);
  await fs.mkdir(path.join(directory, 'dir'));
  /** @type {Array<[work: () => Promise<any>, name: string]>} */
  const cases = [
    [() => top.getFileHandle('none'), 'NotFoundError'],
    [() => top.getDirectoryHandle('none'), 'NotFoundError'],
    [() => top.removeEntry('none'), 'NotFoundError'],
    [() => top.getFileHandle('dir'), 'TypeMismatchError'],
    [() => top.getDirectoryHandle('file.txt', { create: true }), 'TypeMismatchError'],
    [() => createFileSystemFileHandle(directory), 'TypeMismatchError'],
    [() => createFileSystemDirectoryHandle('/etc/ssl'), 'SecurityError'],
    [() => createFile('/etc/shadow'), 'SecurityError'],
  ];
  for (const [work, want] of cases) {
    const error = /** @type {any} */ (await t.rejects(work, { name: want }, String(work)));
    t.ok(error instanceof DOMException || error.code === 'EACCES', String(work));
  }
  for (const wrong of ['', '.', '..', 'a/b', '../x', 'a\0b', 1]) {
    await t.rejects(top.getFileHandle(/** @type {any} */ (wrong)), TypeError, String(wrong));
  }
  t.equal(await handle.queryPermission({ mode: 'readwrite' }), 'granted');
  t.equal(await handle.requestPermission(), 'granted');
  await t.rejects(handle.queryPermission(/** @type {any} */ ({ mode: 'all' })), TypeError);
  await fs.unlink(name);
  await t.rejects(handle.getFile(), { name: 'NotFoundError' });
  await t.rejects(handle.createWritable(), { name: 'NotFoundError' });
  for (const Class of [FileSystemFileHandle, FileSystemWritableFileStream]) {
    t.throws(() => new /** @type {any} */ (Class)(Symbol('x'), '/'), TypeError);
  }
});

test('the classes are those of the document', (t) => {
  for (const name of ['FileSystemHandle', 'FileSystemFileHandle', 'FileSystemDirectoryHandle']) {
    t.equal(/** @type {any} */ (globalThis)[name], /** @type {any} */ (web)[name], name);
  }
  t.equal(web.File, File);
});
