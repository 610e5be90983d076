/** One small piece of work for each service, to be done again and again. */

import { execFile, execFileSync, spawn } from 'oro:child_process';
import { createSocket } from 'oro:dgram';
import * as dns from 'oro:dns/promises';
import * as fs from 'oro:fs/promises';
import fsSync from 'oro:fs';
import { call, callStream } from 'oro:ipc';
import os from 'oro:os';
import process from 'oro:process';
import platform from 'oro:timers/platform';
import { promisify } from 'oro:util';

const run = promisify(execFile);
const same = (got, want) => {
  if (got !== want) throw new Error(`${got} is not ${want}`);
};
/** Work is steady, not as fast as it can be: leaks show by the number of rounds. */
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function files() {
  const directory = await fs.mkdtemp(`${os.tmpdir()}/oro-soak-`);
  return async () => {
    const name = `${directory}/${Math.random()}`;
    await fs.writeFile(name, 'x'.repeat(10_000));
    same((await fs.readFile(name, 'utf8')).length, 10_000);
    const handle = await fs.open(name, 'r+');
    await handle.read(new Uint8Array(100), 0, 100, 5);
    await handle.close();
    same((await fs.readdir(directory)).length, 1);
    for await (const entry of await fs.opendir(directory)) same(entry.isFile(), true);
    same((await fs.stat(name)).size, 10_000);
    let size = 0;
    for await (const part of fsSync.createReadStream(name)) size += part.length;
    same(size, 10_000);
    await fs.rename(name, `${name}-`);
    await fs.unlink(`${name}-`);
    await fs.stat(name).then(
      () => same('there', 'gone'),
      (error) => same(error.code, 'ENOENT'),
    );
    await rest(10);
  };
}

async function sockets() {
  return async () => {
    const [a, b] = [createSocket('udp4'), createSocket('udp6')];
    const bind = (socket, address) =>
      new Promise((resolve) => socket.bind(0, address, () => resolve(null)));
    await Promise.all([bind(a, '127.0.0.1'), bind(b, '::1')]);
    for (const [socket, host] of [
      [a, '127.0.0.1'],
      [b, '::1'],
    ]) {
      let came = 0;
      const all = new Promise((resolve) => {
        socket.on('message', () => {
          came += 1;
          if (came === 20) resolve(null);
        });
      });
      const { port } = socket.address();
      for (let n = 0; n < 20; n += 1) socket.send(`datagram ${n}`, port, host);
      await all;
    }
    await Promise.all(
      [a, b].map((socket) => new Promise((resolve) => socket.close(() => resolve(null)))),
    );
    await rest(10);
  };
}

async function timers() {
  return async () => {
    const cancelled = Array.from({ length: 50 }, () => platform.setTimeout(() => {}, 60_000));
    let count = 0;
    await new Promise((resolve) => {
      const interval = platform.setInterval(() => {
        count += 1;
        if (count < 3) return;
        platform.clearInterval(interval);
        resolve(null);
      }, 5);
    });
    for (const timer of cancelled) platform.clearTimeout(timer);
    await new Promise((resolve) => platform.setImmediate(resolve));
  };
}

async function processes() {
  return async () => {
    same((await run('printf', ['%s', 'a b'])).stdout, 'a b');
    const child = spawn('cat');
    child.stdin.end('x'.repeat(100_000));
    let size = 0;
    for await (const part of child.stdout) size += part.length;
    same(size, 100_000);
    const asleep = spawn('sh', ['-c', 'sleep 1000 & wait']);
    await new Promise((resolve) => asleep.on('spawn', resolve));
    asleep.kill('SIGKILL');
    await new Promise((resolve) => asleep.on('close', resolve));
    await run('oro-none').catch((error) => same(error.code, 'ENOENT'));
    same(String(execFileSync('cat', { input: 'sync' })), 'sync');
    await rest(50);
  };
}

async function names() {
  return async () => {
    same((await dns.lookup('localhost', 4)).address, '127.0.0.1');
    await dns.lookup('no such name').catch((error) => same(error.code, 'ENOTFOUND'));
    await rest(20);
  };
}

async function system() {
  return async () => {
    os.cpus();
    os.networkInterfaces();
    os.freemem();
    os.userInfo();
    process.env['ORO_SOAK'] = String(Math.random());
    process.memoryUsage();
    same((await call('process.info')).pid, process.pid);
    await rest(50);
  };
}

async function streams() {
  return async () => {
    const stream = await callStream('diagnostics.stream.chunks', {
      chunks: 5,
      chunkSize: 50_000,
      interval: 1,
    });
    let size = 0;
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
    }
    same(size, 250_000);
    const left = await callStream('diagnostics.stream.sse', { count: 10_000, interval: 10 });
    await left.cancel();
    const controller = new AbortController();
    const waiting = call(
      'timers.setTimeout',
      { timeout: 1e6, wait: true },
      { signal: controller.signal },
    );
    controller.abort();
    await waiting.catch((error) => same(error.name, 'AbortError'));
    const body = await fetch('/soak/work.js');
    same(body.status, 200);
    await body.text();
    await rest(20);
  };
}

/** All kinds of work by their names. */
export async function work() {
  return {
    files: await files(),
    names: await names(),
    processes: await processes(),
    sockets: await sockets(),
    streams: await streams(),
    system: await system(),
    timers: await timers(),
  };
}
