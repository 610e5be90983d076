// `oro:dns`: names of hosts.

import test from 'oro:test';
import dgram from 'oro:dgram';
import dns, { ADDRCONFIG, ALL, V4MAPPED, lookup, promises } from 'oro:dns';
import direct from 'oro:dns/promises';
import * as node from 'node:dns';
import { promisify } from 'oro:util';

/**
 * What `lookup` calls back with.
 *
 * @param {string} name
 * @param {any} [options]
 * @returns {Promise<any[]>}
 */
const called = (name, options) =>
  new Promise((resolve) => {
    if (options === undefined) lookup(name, (...given) => resolve(given));
    else lookup(name, options, (...given) => resolve(given));
  });

test('one module', (t) => {
  t.equal(node.lookup, lookup);
  t.equal(dns.promises, promises);
  t.equal(promises.lookup, direct.lookup);
  t.deepEqual([ADDRCONFIG, V4MAPPED, ALL], [32, 8, 16]);
});

test('names lead to addresses', async (t) => {
  t.deepEqual(await called('localhost', 4), [null, '127.0.0.1', 4]);
  t.deepEqual(await called('localhost', { family: 'IPv4' }), [null, '127.0.0.1', 4]);
  const [, list] = await called('localhost', { all: true, order: 'ipv4first' });
  t.deepEqual(list[0], { address: '127.0.0.1', family: 4 });
  const [, address, family] = await called('localhost');
  t.deepEqual([typeof address, [4, 6].includes(family)], ['string', true]);
  t.deepEqual(await promises.lookup('localhost', 4), {
    address: '127.0.0.1',
    family: 4,
  });
  t.deepEqual(await promisify(lookup)('localhost', 4), {
    address: '127.0.0.1',
    family: 4,
  });
  t.deepEqual(
    await promises.lookup('localhost', {
      family: 4,
      hints: ADDRCONFIG,
      all: true,
    }),
    [{ address: '127.0.0.1', family: 4 }],
  );
});

test('addresses, and no name, are answers by themselves', async (t) => {
  t.deepEqual(await called('::1'), [null, '::1', 6]);
  t.deepEqual(await called('10.1.2.3', { family: 6, all: true }), [
    null,
    [{ address: '10.1.2.3', family: 4 }],
  ]);
  t.deepEqual(await called(''), [null, null, 4]);
  t.deepEqual(await promises.lookup('', { all: true }), []);
});

test('what is wrong is told', async (t) => {
  const [error] = await called('no such name');
  const { message, code, syscall, hostname } = error;
  t.deepEqual(
    [message, code, syscall, hostname],
    ['getaddrinfo ENOTFOUND no such name', 'ENOTFOUND', 'getaddrinfo', 'no such name'],
  );
  const late = await promises.lookup('no such name', 4).catch((/** @type {any} */ e) => e.code);
  t.equal(late, 'ENOTFOUND');
  const wrong = /** @type {any} */ (lookup);
  const none = () => {};
  for (const [run, code] of /** @type {Array<[() => unknown, string]>} */ ([
    [() => wrong(1, none), 'ERR_INVALID_ARG_TYPE'],
    [() => wrong('a'), 'ERR_INVALID_ARG_TYPE'],
    [() => wrong('a', { family: 5 }, none), 'ERR_INVALID_ARG_VALUE'],
    [() => wrong('a', { hints: 1 }, none), 'ERR_INVALID_ARG_VALUE'],
    [() => wrong('a', { order: 'x' }, none), 'ERR_INVALID_ARG_VALUE'],
    [() => dns.setDefaultResultOrder(/** @type {any} */ ('x')), 'ERR_INVALID_ARG_VALUE'],
  ])) {
    t.throws(run, { code });
  }
  const signal = AbortSignal.abort();
  const aborted = await promises.lookup('localhost', { signal }).catch((error) => error);
  t.equal(aborted.name, 'AbortError');
});

test('sockets take names of hosts', async (t) => {
  const socket = dgram.createSocket('udp4');
  t.teardown(() => socket.close());
  await new Promise((resolve) => socket.bind(0, 'localhost', () => resolve(null)));
  t.equal(socket.address().address, '127.0.0.1');
  const sent = await new Promise((resolve) => {
    socket.send('x', 9, 'no such name', (/** @type {any[]} */ ...given) => resolve(given));
  });
  t.equal(/** @type {any} */ (sent)[0].code, 'ENOTFOUND');
  // A name that the system's file of hosts has, and the module does not know itself.
  const hosts = await (await import('oro:fs/promises')).readFile('/etc/hosts', 'utf8');
  const line = /** @type {string} */ (hosts)
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .find(([ip, name]) => ip?.startsWith('127.') && name && name !== 'localhost');
  const alias = line?.[1] ?? 'localhost';
  const message = new Promise((resolve) => socket.once('message', resolve));
  socket.send('by name', socket.address().port, alias === 'localhost' ? alias : 'localhost');
  t.equal(String(await message), 'by name');
});
