// `oro:path`: the same results as Node's.

import test from 'oro:test';
import path, { posix, win32 } from 'oro:path';
import posixModule from 'oro:path/posix';
import win32Module from 'oro:path/win32';

/** @typedef {[method: string, args: any[], expected: any]} Case */

/** @param {Case[]} cases @param {any} module */
const check = (cases, module) => (/** @type {any} */ t) => {
  for (const [method, args, expected] of cases) {
    t.deepEqual(
      module[method](...args),
      expected,
      `${method}(${JSON.stringify(args).slice(1, -1)})`,
    );
  }
};

test(
  'posix',
  check(
    [
      ['join', ['/a', '../b', './c'], '/b/c'],
      ['join', ['a', '', 'b'], 'a/b'],
      ['join', [], '.'],
      ['join', ['a//b/', '/c/'], 'a/b/c/'],
      ['normalize', ['/a/./b/../../c/'], '/c/'],
      ['normalize', [''], '.'],
      ['normalize', ['../../a'], '../../a'],
      ['resolve', ['/a', 'b', '../c'], '/a/c'],
      ['resolve', ['/a', '/b'], '/b'],
      ['isAbsolute', ['/a'], true],
      ['isAbsolute', ['a'], false],
      ['dirname', ['/a/b/c'], '/a/b'],
      ['dirname', ['/a'], '/'],
      ['dirname', ['a'], '.'],
      ['basename', ['/a/b.txt'], 'b.txt'],
      ['basename', ['/a/b.txt', '.txt'], 'b'],
      ['basename', ['/a/b/'], 'b'],
      ['extname', ['a.b.c'], '.c'],
      ['extname', ['.bashrc'], ''],
      ['extname', ['a.'], '.'],
      ['relative', ['/a/b/c', '/a/d'], '../../d'],
      ['relative', ['/a', '/a'], ''],
      [
        'parse',
        ['/home/x/f.txt'],
        { root: '/', dir: '/home/x', base: 'f.txt', ext: '.txt', name: 'f' },
      ],
      ['format', [{ dir: '/x', base: 'f.txt' }], '/x/f.txt'],
      ['format', [{ root: '/', name: 'f', ext: '.txt' }], '/f.txt'],
      ['toNamespacedPath', ['/a'], '/a'],
    ],
    posix,
  ),
);

test(
  'win32',
  check(
    [
      ['join', ['a', '..', 'b'], 'b'],
      ['join', ['C:\\a', '..\\b'], 'C:\\b'],
      ['normalize', ['C:/a/./b/..'], 'C:\\a'],
      ['isAbsolute', ['C:\\'], true],
      ['isAbsolute', ['C:'], false],
      ['isAbsolute', ['\\\\server'], true],
      ['dirname', ['C:\\a\\b'], 'C:\\a'],
      ['basename', ['C:\\a\\b.txt', '.txt'], 'b'],
      ['relative', ['C:\\a\\b', 'C:\\a\\c'], '..\\c'],
      ['relative', ['C:\\a', 'D:\\b'], 'D:\\b'],
      ['resolve', ['C:\\a', '..\\b'], 'C:\\b'],
      [
        'parse',
        ['C:\\p\\f.txt'],
        { root: 'C:\\', dir: 'C:\\p', base: 'f.txt', ext: '.txt', name: 'f' },
      ],
      ['toNamespacedPath', ['C:\\a'], '\\\\?\\C:\\a'],
    ],
    win32,
  ),
);

test('wrong types are refused', (t) => {
  for (const method of [
    'join',
    'resolve',
    'normalize',
    'dirname',
    'basename',
    'extname',
    'parse',
  ]) {
    t.throws(() => /** @type {any} */ (path)[method](5), TypeError, method);
  }
});

test('the kinds reach each other', (t) => {
  t.equal(posix.win32, win32);
  t.equal(win32.posix, posix);
  t.equal(posixModule, posix, 'oro:path/posix');
  t.equal(win32Module, win32, 'oro:path/win32');
  t.deepEqual([posix.sep, posix.delimiter, win32.sep, win32.delimiter], ['/', ':', '\\', ';']);
});

test('a relative path counts from the working directory', async (t) => {
  const { cwd } = await import('oro:process');
  t.equal(path.resolve('x'), path.join(cwd(), 'x'));
  t.ok(path.isAbsolute(path.resolve('')));
});
