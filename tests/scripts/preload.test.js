// What every document finds, and bodies of requests to native code.

import test from 'oro:test';
import fs from 'oro:fs/promises';
import { call } from 'oro:ipc';
import { tmpdir } from 'oro:os';

/** @type {any} */
const scope = globalThis;

test('the runtime can be told', (t) => {
  t.deepEqual(Object.getOwnPropertyDescriptor(globalThis, 'isOroRuntime'), {
    value: true,
    writable: false,
    enumerable: true,
    configurable: false,
  });
  t.throws(() => {
    scope.isOroRuntime = false;
  }, TypeError);
  t.equal(navigator.userAgent.match(/OroRuntime\/\d+\.\d+\.\d+/g)?.length, 1, navigator.userAgent);
});

test('the arguments are frozen and hold no secrets', (t) => {
  const args = scope.__args;
  t.equal(Object.getOwnPropertyDescriptor(globalThis, '__args')?.configurable, false);
  t.ok(Object.isFrozen(args) && Object.isFrozen(args.env) && Object.isFrozen(args.config));
  t.doesNotMatch(JSON.stringify(args).replace(/"env":\{[^}]*\}/, ''), /secret|shared_key/i);
  t.equal(typeof args.index, 'number');
  t.equal(typeof args.bundle, 'string');
  t.equal(typeof args.capabilities?.streaming?.sseIncremental, 'boolean');
  t.equal(scope.__oro_args, undefined, 'the name of the preload is gone');
});

/** @type {Array<[name: string, make: () => any, expected: string]>} */
const BODIES = [
  ['text', () => 'täxt', 'täxt'],
  ['empty', () => '', ''],
  ['bytes', () => new TextEncoder().encode('bytes'), 'bytes'],
  ['part of bytes', () => new TextEncoder().encode('-part-').subarray(1, 5), 'part'],
  ['memory', () => new TextEncoder().encode('memory').buffer, 'memory'],
  ['blob', () => new Blob(['bl', 'ob']), 'blob'],
  ['empty blob', () => new Blob([]), ''],
  ['file', () => new File(['file'], 'f.txt', { type: 'text/plain' }), 'file'],
  ['part of a file', () => new File(['a file'], 'f').slice(2), 'file'],
  ['parameters', () => new URLSearchParams({ a: 'b c' }), 'a=b+c'],
];

/** @returns {FormData} */
const form = () => {
  const data = new FormData();
  data.append('text', 'v');
  data.append('file', new File(['file content'], 'f.txt'));
  return data;
};

/** @param {ArrayBuffer | Uint8Array} bytes */
async function parsed(bytes) {
  const text = new TextDecoder().decode(bytes);
  const boundary = text.slice(2, text.indexOf('\r\n'));
  const type = `multipart/form-data; boundary=${boundary}`;
  const data = await new Response(text, {
    headers: { 'content-type': type },
  }).formData();
  return [data.get('text'), await /** @type {File} */ (data.get('file')).text()];
}

/** @type {Array<[name: string, send: (url: string, body: any) => Promise<number>]>} */
const SENDERS = [
  [
    'fetch with inherited options',
    async (url, body) => (await fetch(url, Object.create({ method: 'POST', body }))).status,
  ],
  ['fetch', async (url, body) => (await fetch(url, { method: 'POST', body })).status],
  [
    'Request',
    async (url, body) => (await fetch(new Request(url, { method: 'POST', body }))).status,
  ],
  [
    'XMLHttpRequest',
    (url, body) =>
      new Promise((resolve, reject) => {
        const xhr = new XMLHttpRequest();
        xhr.open('POST', url);
        xhr.onload = () => resolve(xhr.status);
        xhr.onerror = () => reject(new Error('XMLHttpRequest failed'));
        xhr.send(body);
      }),
  ],
  [
    'blocking XMLHttpRequest',
    async (url, body) => {
      const xhr = new XMLHttpRequest();
      xhr.open('POST', `${url}&__sync__=true`, false);
      xhr.send(body);
      return xhr.status;
    },
  ],
];

test('bodies of all kinds arrive', async (t) => {
  const directory = await fs.mkdtemp(`${tmpdir()}/oro-preload-`);
  t.teardown(() => fs.rm(directory, { recursive: true }));
  const path = `${directory}/body`;
  const url = `ipc://fs.writeFile?path=${encodeURIComponent(path)}`;
  for (const [sender, send] of SENDERS) {
    for (const [name, make, expected] of BODIES) {
      t.equal(await send(url, make()), 200, `${sender} of ${name}: status`);
      t.equal(await fs.readFile(path, 'utf8'), expected, `${sender} of ${name}: content`);
    }
    t.equal(await send(url, form()), 200, `${sender} of a form: status`);
    t.deepEqual(
      await parsed(await fs.readFile(path)),
      ['v', 'file content'],
      `${sender} of a form: content`,
    );
  }
});

test('a request that is aborted while its body is read is not sent', async (t) => {
  const directory = await fs.mkdtemp(`${tmpdir()}/oro-preload-`);
  t.teardown(() => fs.rm(directory, { recursive: true }));
  const xhr = new XMLHttpRequest();
  xhr.open('POST', `ipc://fs.writeFile?path=${encodeURIComponent(`${directory}/f`)}`);
  xhr.send(new Blob(['x']));
  xhr.abort();
  await new Blob(['x']).arrayBuffer();
  await call('ping');
  t.deepEqual(await fs.readdir(directory), []);
});

test('a frame without the preload is refused, and the process lives', async (t) => {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  t.teardown(() => frame.remove());
  const bare = /** @type {any} */ (frame.contentWindow);
  if (bare.isOroRuntime) return t.skip('this WebView prepares blank frames too');
  for (const [name, make] of [...BODIES, /** @type {const} */ (['form', form, ''])]) {
    const status = await bare
      .fetch('ipc://fs.writeFile?path=%2Ftmp%2Fnever', {
        method: 'POST',
        body: make(),
      })
      .then(
        (/** @type {Response} */ { status }) => status,
        () => 'failed',
      );
    t.ok([415, 403, 'failed'].includes(status), `${name}: ${status}`);
  }
  t.equal(await call('ping'), 'pong');
});

test('bodies of a frame of the application arrive', async (t) => {
  const directory = await fs.mkdtemp(`${tmpdir()}/oro-preload-`);
  t.teardown(() => fs.rm(directory, { recursive: true }));
  const frame = document.createElement('iframe');
  frame.src = new URL(
    `./fixtures/frame.html?path=${encodeURIComponent(`${directory}/f`)}`,
    import.meta.url,
  ).href;
  const message = new Promise((resolve) =>
    addEventListener('message', ({ data }) => resolve(data), { once: true }),
  );
  document.body.append(frame);
  t.teardown(() => frame.remove());
  t.deepEqual((await message).posted, [200, 200, 200]);
  t.equal(await fs.readFile(`${directory}/f`, 'utf8'), 'file of a frame');
});

for (const type of /** @type {const} */ (['classic', 'module'])) {
  test(`a ${type} worker is prepared`, async (t) => {
    const directory = await fs.mkdtemp(`${tmpdir()}/oro-preload-`);
    t.teardown(() => fs.rm(directory, { recursive: true }));
    const worker = new Worker(new URL(`./fixtures/${type}.worker.js`, import.meta.url), { type });
    t.teardown(() => worker.terminate());
    const answer = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    worker.postMessage({ path: `${directory}/f` });
    const { statuses, formed, imported, relative, ...facts } = /** @type {any} */ (await answer);
    t.deepEqual(facts, {
      isOroRuntime: true,
      frozen: true,
      index: scope.__args.index,
    });
    t.deepEqual(statuses, [200, 200, 200]);
    t.equal(await fs.readFile(`${directory}/f`, 'utf8'), 'worker blob');
    t.equal(imported, true, 'it imports what is beside it');
    t.equal(relative, 200, 'it fetches what is beside it');
    t.deepEqual(await parsed(formed), ['v', 'w']);
  });
}

test('requests elsewhere are left alone', async (t) => {
  t.equal(await (await fetch('data:,hello')).text(), 'hello');
  const url = URL.createObjectURL(new Blob(['own']));
  t.equal(await (await fetch(url)).text(), 'own');
  t.equal((await fetch(location.href)).status, 200);
  t.equal(fetch.name, 'fetch');
});
