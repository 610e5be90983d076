// `oro:events`: emitters as in Node, and waiting for events.

import test from 'oro:test';
import EventEmitter, * as events from 'oro:events';

test('listeners run in order, once, first, and not after they are taken back', (t) => {
  const emitter = new EventEmitter();
  /** @type {string[]} */
  const seen = [];
  const listener = (/** @type {string} */ value) => seen.push(`on ${value}`);
  emitter.on('x', listener);
  emitter.once('x', (value) => seen.push(`once ${value}`));
  emitter.prependListener('x', (value) => seen.push(`first ${value}`));
  t.equal(emitter.emit('x', 1), true);
  t.equal(emitter.emit('x', 2), true);
  emitter.off('x', listener);
  emitter.emit('x', 3);
  t.deepEqual(seen, ['first 1', 'on 1', 'once 1', 'first 2', 'on 2', 'first 3']);
  t.equal(emitter.listenerCount('x'), 1);
  t.deepEqual(emitter.eventNames(), ['x']);
  emitter.removeAllListeners();
  t.equal(emitter.emit('x'), false);
});

test('an error without a listener is thrown', (t) => {
  const emitter = new EventEmitter();
  t.throws(() => emitter.emit('error', new RangeError('no')), RangeError);
  let heard;
  emitter.on('error', (error) => (heard = error.message));
  emitter.emit('error', new Error('yes'));
  t.equal(heard, 'yes');
});

test('classes inherit', (t) => {
  class Door extends EventEmitter {}
  const door = new Door();
  let opened = 0;
  door.on('open', () => (opened += 1));
  door.emit('open');
  t.equal(opened, 1);
  t.ok(door instanceof EventEmitter);
  t.equal(events.EventEmitter, events.default, 'the module is the class');
});

test('once waits for an emitter and for a target', async (t) => {
  const emitter = new EventEmitter();
  const waiting = events.once(emitter, 'x');
  emitter.emit('x', 1, 2);
  t.deepEqual(await waiting, [1, 2]);

  const target = new EventTarget();
  const event = new Event('y');
  const heard = events.once(target, 'y');
  target.dispatchEvent(event);
  t.equal((await heard)[0], event);

  const failing = events.once(emitter, 'never');
  emitter.emit('error', new Error('broken'));
  await t.rejects(failing, /broken/);
});

test('once and on end with their signal', async (t) => {
  for (const wait of [
    (/** @type {AbortSignal} */ signal) => events.once(new EventEmitter(), 'x', { signal }),
    (/** @type {AbortSignal} */ signal) => events.on(new EventEmitter(), 'x', { signal }).next(),
  ]) {
    const controller = new AbortController();
    const waiting = wait(controller.signal);
    controller.abort();
    await t.rejects(waiting, { name: 'AbortError', code: 'ABORT_ERR' });
    await t.rejects(wait(AbortSignal.abort()), { name: 'AbortError' });
  }
});

test('on yields events in order and loses none', async (t) => {
  const emitter = new EventEmitter();
  const seen = [];
  const all = events.on(emitter, 'x');
  const first = all.next();
  for (const value of [1, 2, 3]) emitter.emit('x', value);
  seen.push(/** @type {any[]} */ ((await first).value)[0]);
  for await (const [value] of all) {
    seen.push(value);
    if (value === 3) break;
  }
  t.deepEqual(seen, [1, 2, 3]);
  t.equal(emitter.listenerCount('x'), 0, 'the listener is gone');
});

test('events of the web', (t) => {
  for (const name of ['Event', 'EventTarget', 'CustomEvent', 'MessageEvent', 'ErrorEvent']) {
    t.equal(/** @type {any} */ (events)[name], /** @type {any} */ (globalThis)[name], name);
  }
});
