// `oro:os`: what it tells agrees with itself, and with what the system shows in its files.

import test from 'oro:test';
import os, { constants } from 'oro:os';
import osConstants from 'oro:os/constants';
import fs from 'oro:fs';

test('names', (t) => {
  t.ok(['linux', 'darwin', 'win32', 'android', 'ios'].includes(os.platform()), os.platform());
  t.ok(['x64', 'arm64', 'ia32', 'arm', 'riscv64'].includes(os.arch()), os.arch());
  t.equal(os.isWindows(), os.platform() === 'win32');
  t.equal(os.EOL, os.isWindows() ? '\r\n' : '\n');
  t.ok(os.endianness() === 'LE' || os.endianness() === 'BE');
  const { sysname, release, version, machine } = os.uname();
  t.deepEqual([os.release(), os.version(), os.machine()], [release, version, machine]);
  t.ok(sysname.length > 0 && os.type().length > 0);
});

test.linux('uname is what the kernel says', (t) => {
  const read = (/** @type {string} */ name) =>
    fs.readFileSync(`/proc/sys/kernel/${name}`, 'utf8').trim();
  t.equal(os.type(), read('ostype'));
  t.equal(os.release(), read('osrelease'));
  t.equal(os.version(), read('version'));
});

test('processors', (t) => {
  const cpus = os.cpus();
  t.ok(cpus.length > 0 && os.availableParallelism() > 0);
  for (const { model, speed, times } of cpus) {
    t.equal(typeof model, 'string');
    t.ok(speed >= 0, `speed ${speed}`);
    for (const name of /** @type {const} */ (['user', 'nice', 'sys', 'idle', 'irq'])) {
      t.ok(Number.isFinite(times[name]) && times[name] >= 0, `${name} ${times[name]}`);
    }
  }
});

test('time goes on', (t) => {
  const before = os.hrtime();
  const uptime = os.uptime();
  t.equal(typeof before, 'bigint');
  t.ok(os.hrtime() > before);
  t.ok(uptime > 0 && os.uptime() >= uptime, `${uptime}`);
});

test.linux('the time since the start is what the kernel says', (t) => {
  const kernel = Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  t.ok(Math.abs(os.uptime() - kernel) < 60, `${os.uptime()} and ${kernel}`);
});

test('memory', (t) => {
  t.ok(os.availableMemory() > 1024 * 1024, `${os.availableMemory()}`);
  t.equal(typeof os.freemem(), 'number');
  t.ok(os.rusage().ru_maxrss > 0);
});

test('network interfaces', (t) => {
  const interfaces = os.networkInterfaces();
  const all = Object.values(interfaces).flat();
  t.ok(all.length > 0);
  for (const { address, family, internal, mac } of all) {
    t.equal(family, address.includes(':') ? 'IPv6' : 'IPv4', address);
    t.equal(typeof internal, 'boolean');
    t.match(mac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i);
  }
  const loopback = all.find(({ address }) => address === '127.0.0.1');
  t.equal(loopback?.internal, true);
});

test('directories', (t) => {
  t.equal(fs.statSync(os.tmpdir()).isDirectory(), true, os.tmpdir());
  // Which the sandbox keeps from pages.
  t.throws(() => fs.statSync(os.homedir()), { name: 'SecurityError' }, os.homedir());
  t.doesNotMatch(os.tmpdir(), /.\/$/);
  t.equal(os.paths().home, os.homedir());
  fs.mkdirSync(`${os.paths().data}/suite`, { recursive: true });
  fs.rmdirSync(`${os.paths().data}/suite`);
});

test('constants', (t) => {
  t.equal(constants, osConstants);
  t.equal(constants.errno.ENOENT, 2);
  t.equal(constants.signals.SIGTERM, 15);
  t.equal(constants.priority.PRIORITY_NORMAL, 0);
  t.throws(() => {
    'use strict';
    /** @type {any} */ (constants).signals.SIGTERM = 1;
  }, TypeError);
});
