// Measures each way of a call, and of what native code sends by itself. WebKit's own clock has a
// grain of a millisecond: round trips are told by native times of arrival, and what goes one way
// by the clock of the direct bridge, which is that of the whole system.

import { call, callSync, on } from 'oro:ipc';

const MIB = 1 << 20;
const direct = globalThis[Symbol.for('oro.direct')];
const forced = globalThis.__args.config.ipc_transport;
const rungs = forced === 'auto' ? ['direct', 'message', 'scheme'] : [forced];
const result = { rung: forced };

const cpu = () => call('bench.cpu');
const rate = (count, ms) => Math.round((count / ms) * 1000);
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const quantiles = (values) => {
  values.sort((a, b) => a - b);
  const at = (share) => +values[Math.floor((values.length - 1) * share)].toFixed(1);
  return { n: values.length, p50: at(0.5), p99: at(0.99) };
};

/** One call after the other, then a thousand at once. */
async function calls(run) {
  const out = {};
  for (let n = 0; n < 300; n += 1) await run();
  let used = await cpu();
  await call('bench.reset');
  for (let n = 0; n < 2000; n += 1) await run();
  out.empty_us = await call('bench.gaps');
  out.empty_cpu_us = +(((await cpu()) - used) / 2000).toFixed(1);
  const burst = () => Promise.all(Array.from({ length: 1000 }, run));
  await burst();
  await burst();
  used = await cpu();
  const start = performance.now();
  for (let n = 0; n < 20; n += 1) await burst();
  out.in_flight_s = rate(20_000, performance.now() - start);
  out.in_flight_cpu_us = +(((await cpu()) - used) / 20_000).toFixed(1);
  return out;
}

/** MiB a second, one body after the other. */
async function bytes(run) {
  const out = {};
  for (const [mib, times] of [
    [1, 48],
    [16, 8],
    [64, 4],
  ]) {
    const move = await run(mib * MIB);
    await move();
    const start = performance.now();
    for (let n = 0; n < times; n += 1) await move();
    out[mib] = rate(mib * times, performance.now() - start);
  }
  return out;
}

const down = (transport) =>
  bytes((size) => async () => {
    const got = await call('bench.down', { size }, { transport });
    if (got.length !== size || got[size - 1] !== 65) throw new Error(`${got.length} bytes`);
  });

const into = (transport) =>
  bytes((size) => {
    const array = new Uint8Array(size);
    return async () => {
      const got = await call('bench.down', { size }, { transport, into: array });
      if (got !== array || got[size - 1] !== 65) throw new Error('not into the array');
    };
  });

const up = (transport) =>
  bytes((size) => {
    const body = new Uint8Array(size).fill(65);
    return async () => {
      const got = await call('bench.up', {}, { transport, body });
      if (got !== size) throw new Error(`${got} bytes`);
    };
  });

/** Resolves with all details once `count` events came. */
function heard(count, each = () => {}) {
  return new Promise((resolve) => {
    let left = count;
    const stop = on('bench.sent', (detail) => {
      each(detail);
      left -= 1;
      if (left === 0) resolve(stop());
    });
  });
}

/** Events a second, of a burst made by a route. */
async function pushes(route, params) {
  const rates = [];
  for (let n = 0; n < 6; n += 1) {
    const start = performance.now();
    const all = heard(params.count);
    await call(route, params);
    await all;
    if (n > 0) rates.push(rate(params.count, performance.now() - start));
  }
  return median(rates);
}

async function latency(count, gap_us) {
  const took = [];
  const all = heard(count, ({ at_us }) => took.push(direct.now() - at_us));
  await call('bench.emit', { count, gap_us });
  await all;
  return quantiles(took);
}

function blocking(count, run) {
  const took = [];
  for (let n = 0; n < count; n += 1) {
    const start = direct.now();
    run();
    if (n >= 100) took.push(direct.now() - start);
  }
  return quantiles(took);
}

function blockingRequest() {
  const request = new XMLHttpRequest();
  request.open('GET', 'ipc://bench.nothing?__sync__=true', false);
  request.send();
  if (request.status !== 200) throw new Error(`status ${request.status}`);
}

/** From the write of a server-sent event to its listener. */
const served = (count, gap_us) =>
  new Promise((resolve) => {
    const took = [];
    const source = new EventSource(`ipc://bench.events?count=${count}&gap_us=${gap_us}`);
    source.onmessage = ({ data }) => {
      took.push(direct.now() - Number(data));
      if (took.length === count) resolve(source.close() ?? quantiles(took));
    };
  });

try {
  for (const transport of rungs) {
    const rung = await calls(() => call('bench.nothing', undefined, { transport }));
    if (transport !== 'message') {
      rung.down_mib_s = await down(transport);
      rung.up_mib_s = await up(transport);
    }
    if (transport === 'direct') rung.into_mib_s = await into(transport);
    result[transport] = rung;
  }
  result.push_s = await pushes('bench.burst', { count: 10_000 });
  result.push_thread_s = await pushes('bench.emit', { count: 10_000, gap_us: 0 });
  if (direct) {
    result.push_250us = await latency(1000, 250);
    result.push_5ms = await latency(200, 5000);
    result.sync_us = blocking(2000, () => callSync('bench.nothing'));
    result.sync_request_us = blocking(1000, blockingRequest);
    result.sse_us = await served(200, 5000);
  }
} catch (error) {
  result.error = `${error} ${error.stack}`;
}
await call('bench.print', { text: JSON.stringify(result) });
await call('application.exit', { value: result.error ? 1 : 0 });
