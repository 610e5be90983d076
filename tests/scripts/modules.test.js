// Every way to import every module leads to one instance of it.

import test from 'oro:test';

const MODULES = [
  'application',
  'assert',
  'buffer',
  'child_process',
  'console',
  'dgram',
  'dns',
  'dns/promises',
  'errors',
  'events',
  'fs',
  'fs/constants',
  'fs/dir',
  'fs/fds',
  'fs/flags',
  'fs/handle',
  'fs/promises',
  'fs/stats',
  'fs/stream',
  'hooks',
  'ipc',
  'os',
  'os/constants',
  'path',
  'path/posix',
  'path/win32',
  'process',
  'process/signal',
  'signal',
  'stream',
  'test',
  'timers',
  'timers/platform',
  'timers/promises',
  'timers/scheduler',
  'timers/timer',
  'url',
  'util',
  'util/types',
  'window',
  'window/constants',
];
const NODE = new Set([
  'assert',
  'buffer',
  'child_process',
  'console',
  'dgram',
  'dns',
  'dns/promises',
  'events',
  'fs',
  'fs/constants',
  'fs/promises',
  'os',
  'os/constants',
  'path',
  'path/posix',
  'path/win32',
  'process',
  'stream',
  'test',
  'timers',
  'timers/promises',
  'url',
  'util',
  'util/types',
]);

test('one instance', async (t) => {
  for (const name of MODULES) {
    const module = await import(`oro:${name}`);
    t.ok(module.default !== undefined, `oro:${name} has a default export`);
    const ways = [
      `/oro/${name}.js`,
      `${location.origin === 'null' ? location.href.split('/').slice(0, 3).join('/') : location.origin}/oro/${name}.js`,
    ];
    if (NODE.has(name)) ways.push(`node:${name}`);
    for (const way of ways) {
      const other = await import(way);
      t.equal(other.default, module.default, `${way} has the same default`);
      t.deepEqual(Object.keys(other), Object.keys(module), `${way} has the same names`);
      for (const key of Object.keys(module))
        if (!Object.is(other[key], module[key])) t.fail(`${way} has another ${key}`);
    }
    if (!NODE.has(name)) await t.rejects(import(`node:${name}`), `node:${name} is refused`);
  }
});

test('what is no module is refused', async (t) => {
  for (const name of [
    'oro:nothing',
    'oro:fs/nothing',
    'oro:',
    'oro:../fs',
    'oro:chunks',
    'node:net',
    'node:child',
    'node:',
    'foo:x',
    '/oro/nothing.js',
    '/oro/../oro/fs',
    'fs',
    'file:///etc/passwd',
    'oro://another.bundle/oro/fs.js',
  ]) {
    await t.rejects(import(/* a name at run time */ name), name);
  }
});

test('modules that are only imported call nothing native', async (t) => {
  const frame = document.createElement('iframe');
  frame.src = new URL(`./fixtures/imports.html?names=${MODULES.join()}`, import.meta.url).href;
  const message = new Promise((resolve) => {
    addEventListener('message', ({ data }) => resolve(data), { once: true });
  });
  document.body.append(frame);
  t.teardown(() => frame.remove());
  t.deepEqual(await message, { calls: 0, later: 2 });
});
