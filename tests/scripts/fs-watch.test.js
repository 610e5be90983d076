// `fs.watch`: as an emitter and as an iterator.

import test from 'oro:test';
import fs from 'oro:fs';
import promises from 'oro:fs/promises';
import { Watcher } from 'oro:fs/watcher';
import { request } from 'oro:ipc';
import { tmpdir } from 'oro:os';
import path from 'oro:path';

/** @param {any} t */
function scratch(t) {
  const directory = fs.mkdtempSync(path.join(tmpdir(), 'oro-watch-'));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * What a watcher tells until all that is expected was told.
 *
 * @param {Watcher} watcher
 * @param {string[]} expected
 * @returns {Promise<string[]>}
 */
function heard(watcher, expected) {
  /** @type {string[]} */
  const seen = [];
  return new Promise((resolve) => {
    watcher.on('change', (type, name) => {
      seen.push(`${type} ${name}`);
      if (expected.every((each) => seen.includes(each))) resolve(seen.sort());
    });
  });
}

/** @type {(emitter: any, name: string) => Promise<any>} */
const once = (emitter, name) => new Promise((resolve) => emitter.once(name, resolve));

for (const poll of [false, true]) {
  const how = poll ? 'looked at' : 'told by the system';

  test(`changes in a directory, ${how}`, async (t) => {
    const directory = scratch(t);
    const at = (/** @type {string} */ name) => path.join(directory, name);
    fs.writeFileSync(at('old'), '1');
    fs.writeFileSync(at('gone'), '1');
    fs.writeFileSync(at('from'), '1');
    const watcher = fs.watch(directory, { poll });
    t.teardown(() => watcher.close());
    t.ok(watcher instanceof Watcher);
    const expected = ['change old', 'rename from', 'rename gone', 'rename new', 'rename to'];
    const told = heard(watcher, expected);
    fs.writeFileSync(at('new'), 'x');
    fs.appendFileSync(at('old'), '23');
    fs.appendFileSync(at('old'), '45');
    fs.unlinkSync(at('gone'));
    fs.renameSync(at('from'), at('to'));
    const seen = (await told).filter((each) => each !== 'change new');
    t.deepEqual(seen, expected, 'each once');
  });

  test(`a file that is written, replaced and removed, ${how}`, async (t) => {
    const directory = scratch(t);
    const file = path.join(directory, 'file');
    fs.writeFileSync(file, '1');
    fs.writeFileSync(path.join(directory, 'other'), '1');
    const watcher = fs.watch(file, { poll });
    t.teardown(() => watcher.close());
    const change = async () =>
      String(
        await new Promise((resolve) =>
          watcher.once('change', (/** @type {string} */ type, /** @type {string} */ name) =>
            resolve(`${type} ${name}`),
          ),
        ),
      );
    fs.writeFileSync(path.join(directory, 'other'), '22');
    fs.writeFileSync(file, '22');
    t.equal(await change(), 'change file');
    fs.writeFileSync(`${file}.tmp`, '333');
    fs.renameSync(`${file}.tmp`, file);
    t.equal(await change(), 'rename file', 'an editor puts another file in its place');
    fs.appendFileSync(file, '4');
    t.equal(await change(), 'change file', 'which is watched then');
    fs.unlinkSync(file);
    t.equal(await change(), 'rename file');
  });

  test(`a tree, ${how}`, async (t) => {
    const directory = scratch(t);
    const at = (/** @type {string} */ name) => path.join(directory, name);
    fs.mkdirSync(at('a/b'), { recursive: true });
    fs.writeFileSync(at('a/b/f'), '1');
    const watcher = fs.watch(directory, { recursive: true, poll });
    t.teardown(() => watcher.close());
    const first = heard(watcher, ['change a/b/f', 'rename a/c', 'rename a/c/d', 'rename a/c/d/f']);
    fs.appendFileSync(at('a/b/f'), '2');
    fs.mkdirSync(at('a/c/d'), { recursive: true });
    fs.writeFileSync(at('a/c/d/f'), '1');
    await first;
    watcher.removeAllListeners('change');
    const second = heard(watcher, ['change a/c/d/f']);
    fs.appendFileSync(at('a/c/d/f'), '2');
    await second;
    watcher.removeAllListeners('change');
    const third = heard(watcher, ['rename a/c', 'rename g']);
    fs.renameSync(at('a/c'), at('g'));
    await third;
    watcher.removeAllListeners('change');
    const last = heard(watcher, ['change g/d/f']);
    fs.appendFileSync(at('g/d/f'), '3');
    const old = (await last).filter((each) => each.includes('a/'));
    t.deepEqual(old, [], 'by its new name alone');
  });
}

test('a watcher is closed, by itself and by a signal', async (t) => {
  const directory = scratch(t);
  const watcher = fs.watch(directory, () => t.fail('it is closed'));
  const closed = once(watcher, 'close');
  watcher.close();
  watcher.close();
  await closed;
  const controller = new AbortController();
  const second = fs.watch(directory, { signal: controller.signal }, () => t.fail('it is ended'));
  const ended = once(second, 'close');
  controller.abort();
  await ended;
  fs.writeFileSync(path.join(directory, 'f'), '');
  const third = fs.watch(directory, { signal: AbortSignal.abort() });
  await once(third, 'close');
  const { data } = /** @type {any} */ (await request('diagnostics.query'));
  t.equal(data.fs.watchers.handles.count, 0);
});

test('what cannot be watched', async (t) => {
  const directory = scratch(t);
  const none = path.join(directory, 'none');
  t.throws(() => fs.watch(none), { code: 'ENOENT', syscall: 'watch', path: none });
  t.throws(() => fs.watch('/etc'), { name: 'SecurityError', code: 'EACCES', path: '/etc' });
  t.throws(() => fs.watch(/** @type {any} */ (5)), { code: 'ERR_INVALID_ARG_TYPE' });
  const read = async () => {
    for await (const _ of promises.watch(none)) t.fail('there is nothing');
  };
  await t.rejects(read, { code: 'ENOENT' });
  // The ancestor's `fs.stopWatch` began another one.
  const { err } = await request('fs.stopWatch', { id: '77' });
  t.equal(/** @type {any} */ (err)?.code, 'ENOTOPEN');
});

test('changes one after the other', async (t) => {
  const directory = scratch(t);
  const file = path.join(directory, 'f');
  const controller = new AbortController();
  /** @type {any[]} */
  const seen = [];
  const read = async () => {
    for await (const change of promises.watch(directory, { signal: controller.signal })) {
      seen.push(change);
      if (change.eventType === 'rename' && seen.length < 3) fs.appendFileSync(file, 'more');
      else controller.abort();
    }
  };
  const reading = read();
  // The iterator begins with the first change that it is asked for.
  let made = false;
  while (seen.length === 0) {
    if (made) fs.unlinkSync(file);
    else fs.writeFileSync(file, '');
    made = !made;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await t.rejects(reading, { name: 'AbortError' });
  t.equal(seen[0]?.filename, 'f');
});

test('an iterator that nobody reads drops or fails', async (t) => {
  const directory = scratch(t);
  for (const overflow of /** @type {const} */ (['ignore', 'throw'])) {
    const changes = promises.watch(directory, { maxQueue: 2, overflow });
    const first = changes.next();
    const at = (/** @type {number} */ n) => path.join(directory, `${overflow}${n}`);
    let n = 0;
    const timer = setInterval(() => fs.writeFileSync(at((n += 1)), ''), 50);
    await first;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    clearInterval(timer);
    if (overflow === 'throw') {
      await t.rejects(changes.next(), { code: 'ERR_FS_WATCH_QUEUE_OVERFLOW' });
    } else {
      t.equal((await changes.next()).done, false);
      t.equal((await changes.next()).done, false);
      await changes.return();
    }
  }
  await t.rejects(promises.watch(directory, { maxQueue: 0 }).next(), { code: 'ERR_OUT_OF_RANGE' });
});

test('names come in the encoding that is asked for', async (t) => {
  const directory = scratch(t);
  const watcher = fs.watch(directory, 'hex');
  t.teardown(() => watcher.close());
  const told = new Promise((resolve) =>
    watcher.on('change', (/** @type {string} */ _, /** @type {string} */ name) => resolve(name)),
  );
  fs.writeFileSync(path.join(directory, 'ä'), '');
  t.equal(await told, 'c3a4');
});

test('a file is looked at from time to time, be it there or not', async (t) => {
  const file = path.join(scratch(t), 'file');
  /** @type {Array<[now: any, before: any]>} */
  const told = [];
  let wake = () => {};
  const hear = (/** @type {any} */ now, /** @type {any} */ before) => {
    told.push([now.size, before.size]);
    wake();
  };
  const next = () => new Promise((resolve) => (wake = () => resolve(told.at(-1))));
  const missing = next();
  const watcher = fs.watchFile(file, { interval: 5 }, hear);
  t.teardown(() => fs.unwatchFile(file));
  t.deepEqual(await missing, [0, 0], 'that it is missing is told');
  for (const [work, want] of /** @type {Array<[work: () => void, want: number[]]>} */ ([
    [() => fs.writeFileSync(file, 'one'), [3, 0]],
    [() => fs.appendFileSync(file, ', two'), [8, 3]],
    [() => fs.unlinkSync(file), [0, 8]],
  ])) {
    const change = next();
    work();
    t.deepEqual(await change, want, String(work));
  }
  t.equal(fs.watchFile(file, hear), watcher, 'of one file there is one watcher');
  fs.unwatchFile(file, hear);
  const stopped = once(watcher, 'stop');
  fs.unwatchFile(file);
  await stopped;
  fs.writeFileSync(file, 'unseen');
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.equal(told.length, 4);
  fs.watchFile(file, { bigint: true, interval: 5 }, hear);
  const change = next();
  // The first look may come after the write, so it is written until it is told.
  const writing = setInterval(() => fs.appendFileSync(file, '.'), 20);
  const [now, before] = /** @type {any} */ (await change);
  clearInterval(writing);
  t.ok(now > before && before >= 6n, `${before} to ${now}`);
  for (const wrong of [{}, undefined, 'x']) {
    t.throws(() => fs.watchFile(file, /** @type {any} */ (wrong)), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
  }
});
