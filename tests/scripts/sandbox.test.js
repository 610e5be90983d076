// Attacks on the sandbox of the file system from a page: the table of `tests/cases/sandbox.json`,
// and calls while another program exchanges links.

import test from 'oro:test';
import { Buffer } from 'oro:buffer';
import { execFile, spawn } from 'oro:child_process';
import fs from 'oro:fs';
import promises from 'oro:fs/promises';
import { request, write } from 'oro:ipc';
import { cwd } from 'oro:process';
import { tmpdir } from 'oro:os';
import path from 'oro:path';
import { promisify } from 'oro:util';

const SECRET = 'the secret';
const ROUNDS = 100;

const TABLE = ['tests/cases', '../cases', 'cases']
  .map((folder) => path.resolve(cwd(), folder, 'sandbox.json'))
  .find((file) => fs.existsSync(file));

/** @type {(script: string, ...args: string[]) => Promise<string>} */
const shell = async (script, ...args) => {
  const run = /** @type {any} */ (promisify(execFile));
  return (await run('sh', ['-euc', script, 'sh', ...args])).stdout.trim();
};

/**
 * A folder that the page reaches and one that it does not, which other programs make.
 *
 * @param {any} t
 */
async function scene(t) {
  const inside = fs.realpathSync(fs.mkdtempSync(`${tmpdir()}/oro-sandbox-`));
  const outside = await shell(
    'cd "$(mktemp -d /var/tmp/oro-outside-XXXXXX)"; mkdir dir; printf %s "$1" | tee secret >dir/secret; pwd',
    SECRET,
  );
  t.teardown(() => shell('rm -rf "$1" "$2"', inside, outside));
  fs.mkdirSync(`${inside}/dir/deep`, { recursive: true });
  fs.writeFileSync(`${inside}/file`, 'inside');
  fs.writeFileSync(`${inside}/dir/secret`, 'inside');
  return {
    inside,
    outside,
    /** @type {(text: string) => string} */
    fill: (text) => text.replaceAll('$in', inside).replaceAll('$out', outside),
    /** All that is outside: names, modes, times and contents. */
    look: () =>
      shell('cd "$1"; find . -printf "%p %m %T@ %n\\n" | sort; cat secret dir/secret', outside),
  };
}

test('no path leads out of the sandbox', async (t) => {
  const { inside, fill, look } = await scene(t);
  const { links, paths, routes } = JSON.parse(fs.readFileSync(TABLE ?? '', 'utf8'));
  for (const [name, target] of Object.entries(links)) {
    await shell('ln -s "$1" "$2"', fill(String(target)), `${inside}/${name}`);
  }
  const before = await look();
  const failures = [];
  let count = 0;
  for (const { kind, name, path: template, code } of paths) {
    const target = fill(template);
    const attacks = routes.filter((/** @type {any} */ { only }) => !only || only.includes(kind));
    const answers = attacks.map((/** @type {any} */ { route, params, body }) => {
      const filled = JSON.parse(fill(JSON.stringify(params)).replaceAll('$path', target));
      return body === undefined ? request(route, filled) : write(route, filled, Buffer.from(body));
    });
    for (const [at, answer] of (await Promise.all(answers)).entries()) {
      count += 1;
      const { err, data } = answer;
      const refused =
        err?.name === 'SecurityError' && err.code === 'EACCES' && err.path.startsWith(target);
      if (!refused && !(code && err?.code === code)) {
        failures.push(`${name}: ${attacks[at].route} ${target}: ${err ?? JSON.stringify(data)}`);
      }
    }
  }
  t.deepEqual(failures, []);
  t.ok(count >= 1000, `${count} attacks`);
  t.equal(await look(), before);
  t.equal(fs.existsSync(`${inside}/new`), false);
});

test('errors of the modules tell which path is refused', async (t) => {
  const { inside, outside } = await scene(t);
  const [file, secret] = [`${inside}/file`, `${outside}/secret`];
  /** @type {Array<[work: () => any, path: string, syscall: string]>} */
  const cases = [
    [() => promises.readFile(secret), secret, 'open'],
    [() => promises.readdir(outside), outside, 'scandir'],
    [() => promises.rename(file, secret), secret, 'rename'],
    [() => promises.rename(secret, file), secret, 'rename'],
    [() => promises.copyFile(secret, file), secret, 'copyfile'],
    [() => promises.symlink(secret, `${inside}/new`), secret, 'symlink'],
    [async () => fs.statSync(secret), secret, 'stat'],
    [async () => fs.writeFileSync(secret, ''), secret, 'open'],
  ];
  for (const [work, refused, syscall] of cases) {
    const error = /** @type {any} */ (
      await t.rejects(work, { name: 'SecurityError', code: 'EACCES' }, String(work))
    );
    t.deepEqual([error?.path, error?.syscall], [refused, syscall], String(work));
  }
  t.equal(fs.existsSync(secret), false);
});

test('nothing that is exchanged during a call leads out', async (t) => {
  const { inside, outside, look } = await scene(t);
  const before = await look();
  // A link that is a folder inside and one outside by turns, and a file that is a link by turns.
  const racer = spawn('sh', [
    '-c',
    `cd "$1"; while [ ! -e stop ]; do
       ln -s dir a; mv -T a hop; printf inside >b; mv -T b entry
       ln -s "$2" a; mv -T a hop; ln -s "$2/secret" b; mv -T b entry
     done`,
    'sh',
    inside,
    outside,
  ]);
  const ended = new Promise((resolve) => racer.on('close', resolve));
  let [fine, refused] = [0, 0];
  const calls = [
    () => promises.readFile(`${inside}/hop/secret`, 'utf8'),
    () => promises.readFile(`${inside}/entry`, 'utf8'),
    () =>
      promises.stat(`${inside}/hop/secret`).then(({ size }) => size === SECRET.length && SECRET),
    () => promises.writeFile(`${inside}/entry`, 'inside'),
    () => promises.truncate(`${inside}/entry`, 0),
    () => promises.chmod(`${inside}/entry`, 0o600),
    () => promises.appendFile(`${inside}/hop/new`, 'inside'),
    () => promises.rm(`${inside}/hop/new`),
    () => promises.copyFile(`${inside}/file`, `${inside}/hop/copy`),
    () => promises.rename(`${inside}/hop/copy`, `${inside}/hop/moved`),
    () => promises.link(`${inside}/file`, `${inside}/hop/link`),
    () => promises.unlink(`${inside}/hop/link`),
    () => promises.readdir(`${inside}/hop`),
    () => promises.cp(`${inside}/dir`, `${inside}/hop/tree`, { recursive: true }),
    () => promises.rm(`${inside}/hop/tree`, { recursive: true, force: true }),
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    const results = await Promise.allSettled(calls.map((call) => call()));
    for (const [at, result] of results.entries()) {
      if (result.status === 'fulfilled') {
        fine += 1;
        if (String(result.value).includes(SECRET)) t.fail(`${calls[at]} sees what is outside`);
      } else if (result.reason.name === 'SecurityError') refused += 1;
    }
  }
  fs.writeFileSync(`${inside}/stop`, '');
  await ended;
  t.ok(fine > ROUNDS && refused > ROUNDS, `${fine} went well, ${refused} were refused`);
  t.equal(await look(), before);
});
