// The cases of `tests/cases`, which the tests in Rust run too, from a page.

import test from 'oro:test';
import { Buffer } from 'oro:buffer';
import fs from 'oro:fs';
import { request, write } from 'oro:ipc';
import { cwd } from 'oro:process';
import { tmpdir } from 'oro:os';
import path from 'oro:path';

/**
 * @typedef {{ name: string, route: string, params?: any, body?: string,
 *   want?: any, bytes?: string, err?: any }} Case
 */

/** The folder of the cases, seen from where the tests are started. */
const FOLDER = ['tests/cases', '../cases', 'cases']
  .map((folder) => path.resolve(cwd(), folder))
  .find((folder) => fs.existsSync(folder));

/**
 * Whether a value has all that is expected of it; see `harness.rs`.
 *
 * @param {any} got
 * @param {any} want
 * @returns {boolean}
 */
function matches(got, want) {
  if (want === '$any') return true;
  if (Array.isArray(want)) {
    return (
      Array.isArray(got) &&
      got.length === want.length &&
      want.every((each, n) => matches(got[n], each))
    );
  }
  if (want !== null && typeof want === 'object') {
    if (got === null || typeof got !== 'object') return false;
    return Object.entries(want).every(([key, each]) =>
      key in got ? matches(got[key], each) : each === null,
    );
  }
  return got === want;
}

/**
 * @param {Case} each
 * @returns {Promise<{ want?: any, bytes?: string, err?: any }>}
 */
async function ask({ route, params = {}, body }) {
  const result =
    body === undefined
      ? await request(route, params)
      : await write(route, params, Buffer.from(body));
  const { err, data } = /** @type {any} */ (result);
  if (err) return { err: { ...err, type: err.name, message: err.message } };
  if (data instanceof Uint8Array) return { bytes: Buffer.from(data).toString() };
  return { want: data };
}

const PAGE_CASES = [
  'child_process',
  'dns',
  'fs',
  'mime',
  'os',
  'platform',
  'process',
  'timers',
  'udp',
];

for (const name of PAGE_CASES) {
  test(`cases of ${name}`, async (t) => {
    const before = cwd();
    const directory = fs.realpathSync(fs.mkdtempSync(`${tmpdir()}/oro-cases-`));
    t.teardown(async () => {
      await request('internal.setcwd', { value: before });
      fs.rmSync(directory, { recursive: true });
    });
    const text = fs.readFileSync(path.join(FOLDER ?? '', `${name}.json`), 'utf8');
    /** @type {Case[]} */
    const cases = JSON.parse(String(text).replaceAll('$tmp', directory));
    const failures = [];
    for (const each of cases) {
      const got = /** @type {any} */ (await ask(each));
      const key = ['want', 'bytes', 'err'].find((key) => key in each) ?? '';
      const want = /** @type {any} */ (each)[key];
      if (key === 'err') delete want.status;
      if (!(key in got) || !matches(got[key], want)) {
        failures.push(
          `${each.name}: expected ${key} ${JSON.stringify(want)}, got ${JSON.stringify(got)}`,
        );
      }
    }
    t.deepEqual(failures, []);
  });
}
