// `oro:timers`: timers as objects and as promises. No case measures time.

import test from 'oro:test';
import * as timers from 'oro:timers';
import { scheduler, setImmediate, setInterval, setTimeout } from 'oro:timers/promises';
import * as named from 'oro:timers/scheduler';
import util from 'oro:util';

test('timers call back with their arguments', async (t) => {
  for (const start of [
    (/** @type {any} */ done) => timers.setTimeout(done, 1, 'a', 'b'),
    (/** @type {any} */ done) => timers.setImmediate(done, 'a', 'b'),
  ]) {
    t.deepEqual(
      await new Promise((resolve) => start((/** @type {any[]} */ ...args) => resolve(args))),
      ['a', 'b'],
    );
  }
});

test('an interval repeats until it is cleared, also inside its own callback', async (t) => {
  let count = 0;
  await new Promise((resolve) => {
    const timer = timers.setInterval(() => {
      count += 1;
      if (count === 3) {
        timers.clearInterval(timer);
        timers.setTimeout(resolve, 20, null);
      }
    }, 1);
  });
  t.equal(count, 3);
});

test('what is cleared does not run', async (t) => {
  /** @type {string[]} */
  const ran = [];
  timers.clearTimeout(timers.setTimeout(() => ran.push('timeout'), 1));
  timers.clearTimeout(Number(timers.setTimeout(() => ran.push('number'), 1)));
  timers.clearImmediate(timers.setImmediate(() => ran.push('immediate')));
  timers.clearTimeout(undefined);
  timers.clearTimeout(null);
  await setTimeout(20);
  t.deepEqual(ran, []);
});

test('timers of different times run in the order of their times', async (t) => {
  /** @type {number[]} */
  const order = [];
  await Promise.all([30, 1, 15].map((ms) => setTimeout(ms).then(() => order.push(ms))));
  t.deepEqual(order, [1, 15, 30]);
});

test('immediates run in order, before a later timeout', async (t) => {
  /** @type {string[]} */
  const order = [];
  const late = setTimeout(50).then(() => order.push('timeout'));
  timers.setImmediate(() => order.push('first'));
  await setImmediate().then(() => order.push('second'));
  await late;
  t.deepEqual(order, ['first', 'second', 'timeout']);
});

test('a timer is an object that is also a number', (t) => {
  const timer = timers.setTimeout(() => {}, 1000);
  t.equal(typeof +timer, 'number');
  t.equal(timer.hasRef(), true);
  t.equal(timer.unref().hasRef(), false);
  t.equal(timer.ref().refresh(), timer);
  timer.close();
  t.throws(() => timers.setTimeout(/** @type {any} */ ('code')), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
});

test('promises resolve to their value', async (t) => {
  t.equal(await setTimeout(1, 'x'), 'x');
  t.equal(await setImmediate('y'), 'y');
  t.equal(await util.promisify(timers.setTimeout)(1, 'z'), 'z');
  await scheduler.yield();
  await scheduler.wait(1);
  await named.yield();
  await named.wait(1);
  await timers.sleep(1);
  let count = 0;
  for await (const value of setInterval(1, 'v')) {
    t.equal(value, 'v');
    count += 1;
    if (count === 3) break;
  }
});

test('a signal ends the waiting', async (t) => {
  for (const wait of [
    (/** @type {AbortSignal} */ signal) => setTimeout(60_000, null, { signal }),
    (/** @type {AbortSignal} */ signal) => setInterval(60_000, null, { signal }).next(),
    (/** @type {AbortSignal} */ signal) => scheduler.wait(60_000, { signal }),
    (/** @type {AbortSignal} */ signal) => timers.sleep(60_000, { signal }),
  ]) {
    const controller = new AbortController();
    const waiting = wait(controller.signal);
    controller.abort(new Error('why'));
    const error = await t.rejects(waiting, {
      name: 'AbortError',
      code: 'ABORT_ERR',
    });
    t.equal(/** @type {any} */ (error).cause.message, 'why');
    await t.rejects(wait(AbortSignal.abort()), { name: 'AbortError' });
  }
});

test('timers of the runtime', async (t) => {
  const { platform } = timers;
  /** @type {string[]} */
  const order = [];
  const late = new Promise((done) => platform.setTimeout(done, 30, 'late'));
  platform.setTimeout(() => order.push('never'), 1).close();
  platform.clearTimeout(platform.setTimeout(() => order.push('never'), 10));
  platform.clearImmediate(platform.setImmediate(() => order.push('never')));
  await new Promise((done) => platform.setImmediate(() => done(order.push('immediate'))));
  let count = 0;
  await new Promise((done) => {
    const interval = platform.setInterval(() => {
      count += 1;
      if (count < 3) return;
      platform.clearInterval(interval);
      done(order.push('interval'));
    }, 2);
  });
  t.equal(await late, 'late');
  t.deepEqual(order, ['immediate', 'interval']);
  t.equal(count, 3);
  t.throws(() => platform.setTimeout(/** @type {any} */ (null)), { code: 'ERR_INVALID_ARG_TYPE' });
});
