// `oro:hooks`: moments in the life of the application.

import test from 'oro:test';
import hooks, * as all from 'oro:hooks';

/** @type {any} */
const scope = globalThis;

test('what is past is told at once', async (t) => {
  for (const [name, hook] of Object.entries({
    ready: all.onReady,
    load: all.onLoad,
    init: all.onInit,
  })) {
    const event = await new Promise((resolve) => /** @type {any} */ (hook)(resolve));
    t.equal(event.type, name);
  }
  t.deepEqual([hooks.isReady, hooks.isDocumentReady, hooks.isRuntimeReady], [true, true, true]);
});

test('events are told until they are taken back', (t) => {
  /** @type {Array<[hook: keyof typeof all, event: string]>} */
  const cases = [
    ['onData', 'data'],
    ['onMessage', 'message'],
    ['onOnline', 'online'],
    ['onOffline', 'offline'],
    ['onLanguageChange', 'languagechange'],
    ['onPermissionChange', 'permissionchange'],
    ['onNotificationResponse', 'notificationresponse'],
    ['onNotificationPresented', 'notificationpresented'],
    ['onApplicationURL', 'applicationurl'],
    ['onApplicationPause', 'applicationpause'],
    ['onApplicationResume', 'applicationresume'],
    ['onApplicationStop', 'applicationstop'],
  ];
  for (const [hook, name] of cases) {
    /** @type {any[]} */
    const heard = [];
    const stop = /** @type {any} */ (all)[hook]((/** @type {any} */ event) =>
      heard.push(event.detail),
    );
    scope[Symbol.for('oro.emit')]([[name, { hook }]]);
    stop();
    scope[Symbol.for('oro.emit')]([[name, 'late']]);
    t.deepEqual(heard, [{ hook }], hook);
    t.equal(/** @type {any} */ (hooks)[hook], /** @type {any} */ (all)[hook]);
  }
});

test('wait', async (t) => {
  const waiting = all.wait('some-event');
  dispatchEvent(new CustomEvent('some-event', { detail: 5 }));
  t.equal(/** @type {any} */ (await waiting).detail, 5);
});
