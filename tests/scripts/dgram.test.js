// `oro:dgram`: sockets as in Node.

import test from 'oro:test';
import { Buffer } from 'oro:buffer';
import dgram, { Socket, createSocket, getCapabilities } from 'oro:dgram';
import * as node from 'node:dgram';
import { once } from 'oro:events';

/** @typedef {import('oro:dgram').RemoteInfo} RemoteInfo */

/**
 * A bound socket, and what it has received.
 *
 * @param {import('oro:dgram').SocketType} type
 */
async function bound(type = 'udp4') {
  const socket = createSocket(type);
  /** @type {Array<{ message: Buffer, from: RemoteInfo }>} */
  const received = [];
  /** @type {Array<() => void>} */
  const wakes = [];
  socket.on('message', (message, from) => {
    received.push({ message, from });
    for (const wake of wakes.splice(0)) wake();
  });
  socket.bind(0, type === 'udp4' ? '127.0.0.1' : '::1');
  await once(socket, 'listening');
  const take = async (/** @type {number} */ count) => {
    while (received.length < count) await new Promise((wake) => wakes.push(() => wake(null)));
    return received.splice(0, count);
  };
  return { socket, take, ...socket.address() };
}

/** Sends and waits for the callback. */
function send(/** @type {Socket} */ socket, /** @type {any[]} */ ...given) {
  const [message, ...rest] = given;
  return new Promise((resolve, reject) => {
    socket.send(
      message,
      ...rest,
      (/** @type {Error | null} */ error, /** @type {number} */ size) =>
        error ? reject(error) : resolve(size),
    );
  });
}

/** Closes sockets and waits for their events. */
function close(/** @type {Socket[]} */ ...sockets) {
  return Promise.all(
    sockets.map((socket) => new Promise((done) => socket.close(() => done(null)))),
  );
}

test('one module whichever way it is imported', (t) => {
  t.equal(node.createSocket, createSocket);
  t.equal(dgram.createSocket, createSocket);
  t.equal(dgram.Socket, Socket);
});

test('datagrams of all kinds arrive as they were sent', async (t) => {
  for (const type of /** @type {const} */ (['udp4', 'udp6'])) {
    const [a, b] = [await bound(type), await bound(type)];
    const cases = [
      [['text'], 'text'],
      [['grüße'], 'grüße'],
      [[''], ''],
      [[new Uint8Array([1, 2, 3])], '\x01\x02\x03'],
      [[new Uint16Array([0x6161, 0x6262])], 'aabb'],
      [[new TextEncoder().encode('buffer').buffer], 'buffer'],
      [[Buffer.from('abcdef'), 1, 3], 'bcd'],
      [['abcdef', 6, 0], ''],
      [[['one', Buffer.from('two'), new Uint8Array([51])]], 'onetwo3'],
      [['x'.repeat(65_507)], 'x'.repeat(65_507)],
    ];
    for (const [message, want] of /** @type {Array<[any[], string]>} */ (cases)) {
      const size = await send(b.socket, ...message, a.port, a.address);
      const [{ message: got, from }] = await a.take(1);
      t.ok(Buffer.isBuffer(got));
      t.equal(got.toString(), want);
      t.equal(size, got.length);
      t.deepEqual(from, {
        address: b.address,
        family: b.family,
        port: b.port,
        size,
      });
    }
    await close(a.socket, b.socket);
  }
});

test('many datagrams sent at once arrive in order, each with its callback', async (t) => {
  const [a, b] = [await bound(), await bound()];
  const answered = [];
  // In parts that fit the kernel's buffer, of sizes that form runs of all lengths.
  for (let part = 0; part < 50; part += 1) {
    const sizes = Array.from({ length: 40 }, (_, n) => (n % 7 === part % 7 ? n : 64));
    const sent = sizes.map((size, n) =>
      send(b.socket, new Uint8Array(size).fill(n), a.port, a.address),
    );
    const got = await a.take(sizes.length);
    t.deepEqual(
      got.map(({ message }) => [message.length, message[0] ?? 0]),
      sizes.map((size, n) => [size, size ? n : 0]),
    );
    answered.push(...(await Promise.all(sent)));
  }
  t.equal(answered.length, 2000);
  t.equal(b.socket.getSendQueueCount(), 0);
  t.equal(b.socket.getSendQueueSize(), 0);
  await close(a.socket, b.socket);
});

test('memory that was given to send may be used again', async (t) => {
  const [a, b] = [await bound(), await bound()];
  const memory = Buffer.from('first');
  const sent = send(b.socket, memory, a.port);
  memory.write('later');
  await sent;
  const [{ message }] = await a.take(1);
  t.equal(message.toString(), 'first');
  await close(a.socket, b.socket);
});

test('a socket that nobody bound is bound by sending', async (t) => {
  const a = await bound();
  const socket = createSocket({ type: 'udp4' });
  t.throws(() => socket.address(), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
  socket.send('hello', a.port, 'localhost');
  await once(socket, 'listening');
  t.equal(socket.address().address, '0.0.0.0');
  const [{ from }] = await a.take(1);
  t.equal(from.port, socket.address().port);
  await close(a.socket, socket);
});

test('connected sockets', async (t) => {
  const [a, b] = [await bound(), await bound()];
  t.throws(() => b.socket.remoteAddress(), {
    code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED',
  });
  t.throws(() => b.socket.disconnect(), {
    code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED',
  });
  await new Promise((done) => b.socket.connect(a.port, '127.0.0.1', () => done(null)));
  t.deepEqual(b.socket.remoteAddress(), {
    address: '127.0.0.1',
    family: 'IPv4',
    port: a.port,
  });
  t.throws(() => b.socket.connect(a.port), {
    code: 'ERR_SOCKET_DGRAM_IS_CONNECTED',
  });
  t.throws(() => b.socket.send('x', a.port), {
    code: 'ERR_SOCKET_DGRAM_IS_CONNECTED',
  });
  await send(b.socket, 'connected');
  await send(b.socket, 'a slice', 2, 5);
  const got = await a.take(2);
  t.deepEqual(
    got.map(({ message }) => message.toString()),
    ['connected', 'slice'],
  );
  b.socket.disconnect();
  t.throws(() => b.socket.remoteAddress(), {
    code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED',
  });
  await send(b.socket, 'free again', a.port);
  await a.take(1);
  await close(a.socket, b.socket);
});

test('errors have the codes and messages of Node', async (t) => {
  const a = await bound();
  for (const [code, run] of /** @type {Array<[string, () => unknown]>} */ ([
    ['ERR_SOCKET_BAD_TYPE', () => createSocket(/** @type {any} */ ('udp5'))],
    ['ERR_SOCKET_BAD_TYPE', () => createSocket(/** @type {any} */ ({}))],
    ['ERR_SOCKET_ALREADY_BOUND', () => a.socket.bind()],
    ['ERR_SOCKET_BAD_PORT', () => a.socket.send('x', 0)],
    ['ERR_SOCKET_BAD_PORT', () => a.socket.send('x', 65_536)],
    ['ERR_SOCKET_BAD_PORT', () => a.socket.connect(-1)],
    ['ERR_SOCKET_BAD_PORT', () => createSocket('udp4').bind(65_536)],
    ['ERR_INVALID_ARG_TYPE', () => a.socket.send(/** @type {any} */ (5), 9)],
    ['ERR_INVALID_ARG_TYPE', () => a.socket.send(/** @type {any} */ (null), 9)],
    ['ERR_INVALID_ARG_TYPE', () => a.socket.setTTL(/** @type {any} */ ('1'))],
    ['ERR_BUFFER_OUT_OF_BOUNDS', () => a.socket.send('abc', 4, 1, 9)],
    ['ERR_BUFFER_OUT_OF_BOUNDS', () => a.socket.send('abc', 1, 3, 9)],
    ['ERR_SOCKET_BUFFER_SIZE', () => createSocket('udp4').getRecvBufferSize()],
    ['ERR_INVALID_ARG', () => a.socket.setTTL(0)],
    ['ERR_INVALID_ARG', () => a.socket.addMembership('127.0.0.1')],
  ])) {
    t.throws(run, { code }, code);
  }
  const forbidden = send(a.socket, 'x', 9, '255.255.255.255');
  await t.rejects(forbidden, {
    code: 'EACCES',
    message: 'send EACCES 255.255.255.255:9',
  });
  await t.rejects(send(a.socket, 'x', 9, 'no such name'), {
    code: 'ENOTFOUND',
  });
  await t.rejects(send(a.socket, 'x'.repeat(65_508), a.port), {});
  await send(a.socket, 'still works', a.port);
  t.equal((await a.take(1))[0].message.toString(), 'still works');

  const second = createSocket('udp4');
  second.bind(a.port, '127.0.0.1');
  const [error] = await once(second, 'error').catch((/** @type {Error} */ error) => [error]);
  t.equal(error.code, 'EADDRINUSE');
  t.equal(error.syscall, 'bind');
  t.equal(error.message, `bind EADDRINUSE 127.0.0.1:${a.port}`);
  await close(a.socket, second);
});

test('a closed socket does nothing more', async (t) => {
  const a = await bound();
  await close(a.socket);
  for (const run of [
    () => a.socket.close(),
    () => a.socket.bind(),
    () => a.socket.send('x', 9),
    () => a.socket.address(),
    () => a.socket.setBroadcast(true),
  ]) {
    t.throws(run, {
      code: 'ERR_SOCKET_DGRAM_NOT_RUNNING',
      message: 'Not running',
    });
  }
});

test('what was sent before the close is sent', async (t) => {
  const [a, b] = [await bound(), await bound()];
  b.socket.send('last words', a.port, a.address);
  await close(b.socket);
  t.equal((await a.take(1))[0].message.toString(), 'last words');
  await close(a.socket);
});

test('a signal closes', async (t) => {
  const controller = new AbortController();
  const socket = createSocket({ type: 'udp4', signal: controller.signal });
  socket.bind(0);
  await once(socket, 'listening');
  const closed = once(socket, 'close');
  controller.abort();
  await closed;
  t.throws(() => socket.address(), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
});

test('options', async (t) => {
  const { socket } = await bound();
  socket.setRecvBufferSize(20_000);
  socket.setSendBufferSize(20_000);
  t.ok(socket.getRecvBufferSize() >= 20_000);
  t.ok(socket.getSendBufferSize() >= 20_000);
  socket.setBroadcast(true);
  t.equal(socket.setTTL(16), 16);
  t.equal(socket.setMulticastTTL(0), 0);
  t.equal(socket.setMulticastLoopback(true), true);
  socket.setMulticastInterface('127.0.0.1');
  socket.addMembership('239.255.1.2', '127.0.0.1');
  socket.dropMembership('239.255.1.2', '127.0.0.1');
  socket.addSourceSpecificMembership('127.0.0.1', '232.1.2.3', '127.0.0.1');
  socket.dropSourceSpecificMembership('127.0.0.1', '232.1.2.3', '127.0.0.1');
  t.throws(() => socket.addSourceSpecificMembership('::1', '232.1.2.3'), { param: 'source' });
  t.ok((await getCapabilities()).segmentsMax >= 1);
  t.equal(socket.ref().unref(), socket);
  const implicit = createSocket({ type: 'udp4', reuseAddr: true });
  implicit.addMembership('239.255.1.2', '127.0.0.1');
  await once(implicit, 'listening');
  await close(socket, implicit);
});
