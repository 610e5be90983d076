// `oro:application` and `oro:window`: windows of the application.

import test from 'oro:test';
import application, {
  createWindow,
  getCurrentWindow,
  getWindow,
  getWindows,
} from 'oro:application';
import { ApplicationWindow, constants, formatURL } from 'oro:window';
import { call } from 'oro:ipc';

/** @param {() => Promise<boolean>} condition Asks until it holds; the time limit of the test is the end. */
async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('facts', (t) => {
  t.equal(application.MAX_WINDOWS, 64);
  t.equal(application.getCurrentWindowIndex(), /** @type {any} */ (globalThis).__args.index);
  t.match(application.runtimeVersion.short, /^\d+\.\d+\.\d+$/);
  t.ok(Object.isFrozen(application.config));
  t.equal(application.isPaused(), false);
  t.equal(application.client.frameType, 'top-level');
  t.match(formatURL('x.html'), /^oro:\/\/.*\/x\.html$/);
});

test('the screen', async (t) => {
  const { width, height } = await application.getScreenSize();
  t.ok(width > 0 && height > 0, `${width} x ${height}`);
});

test('this window', async (t) => {
  const window = await getCurrentWindow();
  t.equal(window.isCurrent, true);
  t.equal(window.index, application.getCurrentWindowIndex());
  t.match(window.location ?? '', /^oro:/);
  const before = window.getTitle();
  t.teardown(() => window.setTitle(before));
  for (const title of ['A title', 'ü "quoted" & <b>', 'x'.repeat(500)]) {
    await window.setTitle(title);
    t.equal((await getCurrentWindow()).getTitle(), title);
    t.equal(await call('window.getTitle', { targetWindowIndex: window.index }), title);
  }
  t.ok(window.getSize().width > 0);
  t.equal(typeof window.getStatus(), 'number');
});

test('windows are created, changed, listed and closed', async (t) => {
  const before = (await getWindows()).length;
  const window = await createWindow({
    title: 'Second',
    width: 400,
    height: 300,
    headless: true,
    path: 'fixtures/window.html',
  });
  t.ok(window instanceof ApplicationWindow && !window.isCurrent);
  t.equal(window.getTitle(), 'Second');
  t.deepEqual(window.getSize(), { width: 400, height: 300 });
  const list = await getWindows();
  t.equal(list.length, before + 1);
  t.ok(list.contains(window.index));
  await window.setSize({ width: 500, height: 350 });
  t.deepEqual((await getWindow(window.index))?.getSize(), {
    width: 500,
    height: 350,
  });
  await window.close();
  await until(async () => (await getWindows()).length === before);
  t.equal((await getWindows()).length, before);
  t.equal(await getWindow(window.index), null);
});

test('a window that is not there', async (t) => {
  const nobody = new ApplicationWindow({ index: 63 });
  for (const work of [
    () => nobody.show(),
    () => nobody.setTitle('x'),
    () => nobody.close(),
    () => nobody.eval('1'),
  ]) {
    await t.rejects(work(), { name: 'NotFoundError' }, String(work));
  }
  await t.rejects(createWindow({ index: application.getCurrentWindowIndex() }), /already exists/);
  await t.rejects(createWindow({ index: 1000 }));
});

test('windows speak to each other', async (t) => {
  const window = await createWindow({
    headless: true,
    path: 'fixtures/window.html',
  });
  t.teardown(() => window.close());
  const name = 'from-second-window';
  /** @type {Promise<CustomEvent>} */
  const heard = new Promise((resolve) =>
    addEventListener(name, (event) => resolve(/** @type {any} */ (event)), {
      once: true,
    }),
  );
  await until(async () => (await window.refresh()).state.readyState === 'complete');
  const script = `(async () => {
    while (!globalThis.application) await new Promise((resolve) => setTimeout(resolve, 1));
    const first = await application.getWindow(${application.getCurrentWindowIndex()});
    await first.send({ event: '${name}', value: { text: 'hällo', numbers: [1, 2] } });
    return document.title;
  })()`;
  t.equal(await window.eval(script), 'Second window');
  t.deepEqual((await heard).detail, { text: 'hällo', numbers: [1, 2] });
  t.equal(await window.eval('1 + 1'), 2);
  await t.rejects(window.eval('throw new Error("inside")'), /inside/);
});

test('only pages of the application are shown', async (t) => {
  const window = await createWindow({
    headless: true,
    path: 'fixtures/window.html',
  });
  t.teardown(() => window.close());
  for (const url of ['file:///etc/passwd', 'javascript:1', 'http://127.0.0.1:1/']) {
    await t.rejects(window.navigate(url), /not allowed/, url);
  }
});

test('constants', (t) => {
  t.equal(constants.WINDOW_SHOWN, 31);
  t.equal(ApplicationWindow.constants, constants);
});
