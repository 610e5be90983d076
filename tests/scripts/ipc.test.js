// `oro:ipc`: calls by every transport, from the page, a frame and workers.

import test from 'oro:test';
import ipc, {
  Headers,
  IPCSearchParams,
  Message,
  Result,
  call,
  callStream,
  callSync,
  on,
} from 'oro:ipc';
import { tmpdir } from 'oro:os';
import fs from 'oro:fs/promises';
import platform from 'oro:timers/platform';

/** @type {any} */
const scope = globalThis;

test('each transport answers', async (t) => {
  for (const transport of /** @type {const} */ (['auto', 'scheme'])) {
    t.equal(await call('ping', {}, { transport }), 'pong', transport);
  }
  t.equal(callSync('ping'), 'pong', 'blocking');
  if (!scope.webkit?.messageHandlers?.oro) return t.skip('there is no script-message channel');
  /** @type {unknown} */
  let answer;
  // The first calls go by the scheme, until the session is there.
  while (answer !== 'pong') {
    answer = await call('ping', {}, { transport: 'message' }).catch(() =>
      call('ping').then(() => null),
    );
  }
  t.equal(answer, 'pong', 'message');
});

test('calls take the way that the configuration names', async (t) => {
  const chosen = scope.__args.config.ipc_transport;
  t.ok(['auto', 'direct', 'message', 'scheme'].includes(chosen), chosen);
  const { fetch } = scope;
  t.teardown(() => (scope.fetch = fetch));
  let fetched = 0;
  scope.fetch = (/** @type {any[]} */ ...args) => {
    fetched += 1;
    return fetch(...args);
  };
  for (let n = 0; n < 20; n += 1) await call('ping');
  const open = Boolean(scope[Symbol.for('oro.direct')]?.open);
  const expected = {
    auto: [open, true],
    direct: [true, true],
    message: [false, true],
    scheme: [false, false],
  };
  // The first calls of a document go by the scheme, until its session is there.
  t.deepEqual([open, fetched < 20], expected[/** @type {keyof typeof expected} */ (chosen)]);
});

test('bytes go into an array that fits', async (t) => {
  const file = `${await fs.mkdtemp(`${tmpdir()}/oro-ipc-`)}/f`;
  t.teardown(() => fs.rm(file.slice(0, -2), { recursive: true }));
  for (const size of [1000, 100_000, 300_000]) {
    const bytes = Uint8Array.from({ length: size }, (_, at) => at % 251);
    await call('fs.writeFile', { path: file }, { body: bytes });
    const into = new Uint8Array(size);
    t.equal(await call('fs.readFile', { path: file }, { into }), into, `${size} bytes`);
    t.deepEqual(into, bytes);
    const other = new Uint8Array(size + 1);
    const read = await call('fs.readFile', { path: file }, { into: other });
    t.deepEqual(read, bytes, 'an array that does not fit is left alone');
    t.ok(other.every((byte) => byte === 0));
    // Several at once: none gets what is another's.
    const all = await Promise.all([1, 2, 3].map(() => call('fs.readFile', { path: file })));
    t.ok(all.every((each) => each.length === size && each[size - 1] === (size - 1) % 251));
    const bodies = [1, 2, 3].map((value) => new Uint8Array(size).fill(value));
    await Promise.all(
      bodies.map((body, at) => call('fs.writeFile', { path: `${file}${at}` }, { body })),
    );
    for (const [at, body] of bodies.entries()) {
      t.deepEqual(await call('fs.readFile', { path: `${file}${at}` }), body, `${size} at once`);
    }
  }
});

test('parameters arrive as they are', async (t) => {
  const directory = await fs.mkdtemp(`${tmpdir()}/oro-ipc-`);
  t.teardown(() => fs.rm(directory, { recursive: true }));
  for (const name of [
    'plain',
    'a b+c',
    'ü💥',
    'x&y=z?#',
    '%41',
    'new\nline',
    '"quoted\\"',
    'l'.repeat(200),
  ]) {
    await fs.writeFile(`${directory}/${name}`, name);
    for (const transport of /** @type {const} */ (['auto', 'scheme'])) {
      const { path } = await call('fs.realpath', { path: `${directory}/${name}` }, { transport });
      t.ok(path.endsWith(`/${name}`), `${transport} ${JSON.stringify(name)}`);
    }
    t.ok(
      callSync('fs.realpath', { path: `${directory}/${name}` }).path.endsWith(`/${name}`),
      `sync ${JSON.stringify(name)}`,
    );
  }
});

test('errors', async (t) => {
  for (const transport of /** @type {const} */ (['auto', 'scheme'])) {
    const unknown = /** @type {any} */ (
      await t.rejects(call(/** @type {any} */ ('no.such.route'), {}, { transport }))
    );
    t.deepEqual([unknown.name, unknown.message], ['NotFoundError', 'Not found'], transport);
    t.match(unknown.url, /^ipc:\/\/no\.such\.route/);
    await t.rejects(
      call('fs.stat', /** @type {any} */ ({}), { transport }),
      /Expecting 'path' in parameters/,
    );
    await t.rejects(
      call('fs.read', /** @type {any} */ ({ id: 'x', size: 1 }), {
        transport: 'scheme',
      }),
      /Invalid 'id' given in parameters/,
    );
    await t.rejects(call('fs.stat', { path: '/proc/sys/kernel/none' }, { transport }), {
      code: 'ENOENT',
    });
  }
  t.throws(() => callSync(/** @type {any} */ ('no.such.route')), {
    name: 'NotFoundError',
  });
  t.throws(() => callSync('fs.stat', { path: '/proc/sys/kernel/none' }), { code: 'ENOENT' });
});

test('route names are taken in any case', async (t) => {
  t.equal(await call(/** @type {any} */ ('PING')), 'pong');
  t.equal(typeof (await call(/** @type {any} */ ('FS.STAT'), { path: '/tmp' })), 'object');
});

test('bytes and streams', async (t) => {
  const file = `${await fs.mkdtemp(`${tmpdir()}/oro-ipc-`)}/f`;
  t.teardown(() => fs.rm(file.slice(0, -2), { recursive: true }));
  const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => at % 256);
  await call('fs.writeFile', { path: file }, { body: bytes.subarray(10) });
  const read = await call('fs.readFile', { path: file });
  t.ok(read instanceof Uint8Array);
  t.deepEqual(read, bytes.subarray(10).slice());
  t.deepEqual(callSync('fs.readFile', { path: file }), bytes.subarray(10).slice(), 'blocking');
  const stream = await callStream('fs.readFile', { path: file });
  t.deepEqual(new Uint8Array(await new Response(stream).arrayBuffer()), bytes.subarray(10).slice());
  await t.rejects(callStream('fs.readFile', { path: '/proc/sys/kernel/none' }), {
    code: 'ENOENT',
  });
  await call('fs.writeFile', { path: file }, { body: 'text' });
  t.equal(await fs.readFile(file, 'utf8'), 'text');
});

test('a stream arrives while it is made, and can be cancelled', async (t) => {
  const params = { chunks: 4, chunkSize: 100, interval: 5 };
  const reader = (await callStream('diagnostics.stream.chunks', params)).getReader();
  let size = 0;
  let parts = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    parts += 1;
  }
  t.equal(size, 400);
  t.ok(parts > 1, `${parts} parts`);
  const endless = await callStream('diagnostics.stream.chunks', {
    ...params,
    chunks: 10_000,
  });
  await endless.cancel();
  const controller = new AbortController();
  const aborted = await callStream(
    'diagnostics.stream.chunks',
    { ...params, chunks: 10_000 },
    { signal: controller.signal },
  );
  controller.abort();
  const rest = aborted.getReader();
  const drain = async () => {
    while (!(await rest.read()).done);
  };
  await t.rejects(drain(), { name: 'AbortError', code: 'ABORT_ERR' });
  t.equal(await call('ping'), 'pong');
});

test('streams lose nothing to listeners that block', async (t) => {
  const params = { chunks: 5, chunkSize: 50_000, interval: 1 };
  const timer = platform.setInterval(() => callSync('ping'), 2);
  t.teardown(() => platform.clearInterval(timer));
  const wrong = [];
  for (let turn = 0; turn < 30; turn += 1) {
    const streams = await Promise.all(
      [1, 2, 3].map(() => callStream('diagnostics.stream.chunks', params)),
    );
    // Events and parts of streams come in one batch, and what follows while a listener waits.
    for (const until = performance.now() + 10; performance.now() < until;);
    const reads = streams.map(async (stream) => new Response(stream).arrayBuffer());
    wrong.push(...(await Promise.all(reads)).filter(({ byteLength }) => byteLength !== 250_000));
  }
  t.equal(wrong.length, 0);
});

test('events of a server come one by one', async (t) => {
  const source = new EventSource('ipc://diagnostics.stream.sse?count=3&interval=5');
  t.teardown(() => source.close());
  let count = 0;
  await new Promise((resolve) => {
    const receive = () => {
      count += 1;
      if (count === 3) resolve(null);
    };
    for (const name of ['message', 'tick', 'event']) source.addEventListener(name, receive);
  });
  t.equal(count, 3);
});

test('a signal or a time limit ends a call', async (t) => {
  await t.rejects(call('ping', {}, { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
  const controller = new AbortController();
  const waiting = call('ping', {}, { signal: controller.signal });
  controller.abort();
  await t.rejects(waiting, { name: 'AbortError', code: 'ABORT_ERR' });
  t.equal(await call('ping', {}, { timeout: 30_000 }), 'pong');
});

test('very many calls at once are each answered once', async (t) => {
  const answers = await Promise.all(Array.from({ length: 10_000 }, () => call('ping')));
  t.equal(answers.filter((answer) => answer === 'pong').length, 10_000);
});

test('results instead of exceptions', async (t) => {
  const good = await ipc.request('ping');
  t.deepEqual([good.err, good.data, good.source], [null, 'pong', 'ping']);
  const [error, data] = await ipc.send('fs.stat', { path: '/proc/sys/kernel/none' });
  t.equal(/** @type {any} */ (error).code, 'ENOENT');
  t.equal(data, null);
  t.equal((await ipc.request('fs.stat', 'path=%2Ftmp')).err, null, 'a query');
  t.equal((await ipc.request('mime.lookup', 'x.html')).err, null, 'a value');
  t.equal(ipc.sendSync('ping').data, 'pong');
  t.equal(/** @type {any} */ (ipc.sendSync('nope').err).name, 'NotFoundError');
  const binding = ipc.createBinding();
  t.equal((await binding['ping']?.())?.data, 'pong');
  t.equal((await ipc.createBinding('fs')['stat']?.({ path: '/tmp' }))?.err, null);
  t.deepEqual([ipc.OK, ipc.ERROR, ipc.TIMEOUT], [0, 1, 32000]);
});

test('messages, parameters, headers and results as objects', (t) => {
  const message = Message.from('fs.stat', { path: '/a b', seq: 'R7' });
  t.match(String(message), /^ipc:\/\/fs\.stat\?.*path=%2Fa%20b/);
  t.deepEqual(
    [message.command, message.get('path'), message.seq, message.index],
    ['fs.stat', '/a b', 'R7', scope.__args.index],
  );
  t.equal(new Message(String(message)).get('path'), '/a b');
  t.throws(() => new Message('http://x'), TypeError);
  t.equal(Message.isValidInput('ipc://x'), true);
  t.equal(new IPCSearchParams({ a: 1, b: null }).toString().replace(/&?index=\d+/, ''), 'a=1');
  t.equal(Headers.from('A: 1\nB: 2').get('b'), '2');
  t.equal(ipc.parseSeq('R12'), '12');
  const failed = Result.from({ err: { message: 'm', type: 'T', code: 'C' } });
  t.deepEqual([failed.err?.name, failed.err?.message, failed.data], ['T', 'm', null]);
  t.equal(Result.from(new Error('x')).err?.message, 'x');
  t.equal(Result.from({ data: 5 }).data, 5);
  t.equal(ipc.findMessageTransfers([], { a: [new Uint8Array(1), new ArrayBuffer(1)] }).length, 2);
});

test('facts of the host', (t) => {
  t.deepEqual(Object.keys(ipc.primordials).sort(), [
    'arch',
    'cwd',
    'host-operating-system',
    'platform',
    'version',
  ]);
  t.deepEqual(Object.keys(ipc.primordials.version).sort(), ['full', 'hash', 'short']);
  t.throws(() => {
    /** @type {any} */ (ipc.primordials).arch = 'x';
  }, TypeError);
});

test('events are heard until they are not', (t) => {
  /** @type {any[]} */
  const heard = [];
  const stop = on('applicationpause', (detail) => heard.push(detail));
  scope[Symbol.for('oro.emit')]([
    ['applicationpause', { n: 1 }],
    ['other', 0],
  ]);
  stop();
  scope[Symbol.for('oro.emit')]([['applicationpause', { n: 2 }]]);
  t.deepEqual(heard, [{ n: 1 }]);
  ipc.emit('x', '{"a":1}');
});

test('the channel is closed to those who lack the secret', async (t) => {
  const handler = scope.webkit?.messageHandlers?.oro;
  if (!handler) return t.skip('there is no script-message channel');
  for (const text of [
    'ipc://ping?seq=R1',
    '\nipc://ping?seq=R1',
    `${'0'.repeat(32)}\nipc://ping?seq=R1`,
    '',
  ]) {
    await t.rejects(handler.postMessage(text), JSON.stringify(text));
  }
  await t.rejects(handler.postMessage({ a: 1 }), 'an object');
  t.equal(await call('ping'), 'pong', 'and stays open to those who have it');
});

/** @param {Worker} worker @returns {Promise<any>} */
const reply = (worker) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });

test('workers call too, and hear events that they ask for', async (t) => {
  const source = `
    import { call, callSync, on } from 'oro:ipc';
    import { readFileSync } from 'oro:fs';
    on('applicationresume', (detail) => postMessage({ detail }));
    onmessage = async () => postMessage({
      ping: await call('ping'), sync: callSync('ping'), index: globalThis.__args?.index,
      client: globalThis.__args?.client.id,
      text: typeof readFileSync('/proc/sys/kernel/ostype', 'utf8'),
      error: await call('fs.stat', { path: '/proc/sys/kernel/none' }).catch(({ code }) => code),
    });`;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), {
    type: 'module',
  });
  t.teardown(() => worker.terminate());
  const answer = reply(worker);
  worker.postMessage('go');
  t.deepEqual(await answer, {
    ping: 'pong',
    sync: 'pong',
    index: scope.__args.index,
    client: `${scope.__args.client.id}.1`,
    text: 'string',
    error: 'ENOENT',
  });
  const heard = reply(worker);
  for (;;) {
    scope[Symbol.for('oro.emit')]([['applicationresume', 7]]);
    if (await Promise.race([heard.then(() => true), call('ping').then(() => false)])) break;
  }
  t.deepEqual(await heard, { detail: 7 });
});

test('workers of workers call by a port: data, bytes, streams, errors, ends', async (t) => {
  const inner = `
    import { call, callStream, on } from 'oro:ipc';
    const direct = globalThis[Symbol.for('oro.direct')];
    onmessage = async ({ data }) => {
      if (data.wait && !direct.open) await direct.opened;
      const bytes = await call('fs.readFile', { path: '/proc/sys/kernel/ostype' });
      const params = { chunks: 3, chunkSize: 60_000, interval: 1 };
      const stream = await callStream('diagnostics.stream.chunks', params);
      const streamed = (await new Response(stream).arrayBuffer()).byteLength;
      const controller = new AbortController();
      const endless = await callStream('diagnostics.stream.chunks',
        { ...params, chunks: 10_000, interval: 5 }, { signal: controller.signal });
      controller.abort();
      const rest = endless.getReader();
      const drain = async () => { while (!(await rest.read()).done); };
      const aborted = await drain().catch(({ name }) => name);
      const answers = await Promise.all(Array.from({ length: 500 }, (_, n) =>
        call('fs.realpath', { path: n % 2 ? '/tmp' : '/proc/sys/kernel' }).then(({ path }) => path)));
      const mixed = answers.some((path, n) => path !== (n % 2 ? '/tmp' : '/proc/sys/kernel'));
      const missing = await call('fs.stat', { path: '/proc/sys/kernel/none' }).catch(({ code }) => code);
      const signal = AbortSignal.abort();
      const refused = await call('ping', {}, { signal }).catch(({ name }) => name);
      postMessage({ bytes: bytes.length > 2, streamed, aborted, mixed, missing, refused,
        open: Boolean(direct.open), client: globalThis.__args.client.id });
      close();
    };`;
  const outer = `
    const worker = new Worker(URL.createObjectURL(new Blob([${JSON.stringify(inner)}],
      { type: 'text/javascript' })), { type: 'module' });
    worker.onmessage = ({ data }) => postMessage(data);
    onmessage = ({ data }) => worker.postMessage(data);`;
  const wait = Boolean(scope[Symbol.for('oro.direct')]?.open);
  const blob = new Blob([outer], { type: 'text/javascript' });
  const worker = new Worker(URL.createObjectURL(blob));
  t.teardown(() => worker.terminate());
  const answer = reply(worker);
  worker.postMessage({ wait });
  const { client, ...rest } = await answer;
  t.deepEqual(rest, {
    bytes: true,
    streamed: 180_000,
    aborted: 'AbortError',
    mixed: false,
    missing: 'ENOENT',
    refused: 'AbortError',
    open: wait,
  });
  t.match(client, /\.\d+\.1$/, 'each has an id of its own');
  t.equal(await call('ping'), 'pong');
});

test('a frame of the application calls too, and hears events', async (t) => {
  const frame = document.createElement('iframe');
  frame.src = new URL('./fixtures/frame.html', import.meta.url).href;
  const message = new Promise((resolve) =>
    addEventListener('message', (event) => resolve(event.data), { once: true }),
  );
  document.body.append(frame);
  t.teardown(() => frame.remove());
  t.deepEqual(await message, {
    posted: [],
    ping: 'pong',
    sync: 'pong',
    isOroRuntime: true,
    mapped: true,
  });
  const heard = new Promise((resolve) =>
    frame.contentWindow?.addEventListener('applicationpause', (event) =>
      resolve(/** @type {any} */ (event).detail),
    ),
  );
  scope[Symbol.for('oro.emit')]([['applicationpause', 'framed']]);
  t.equal(await heard, 'framed');
});
