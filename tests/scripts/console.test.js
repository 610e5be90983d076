// `oro:console`: what is printed, as Node prints it.

import test from 'oro:test';
import console, { Console, patchGlobalConsole } from 'oro:console';

function captured() {
  const seen = { out: '', err: '' };
  const printer = new Console({
    stdout: { write: (text) => (seen.out += text) },
    stderr: { write: (text) => (seen.err += text) },
  });
  return { printer, seen };
}

test('methods', (t) => {
  /** @type {Array<[method: string, args: any[], out: string, err: string]>} */
  const cases = [
    ['log', ['a %s', 'b', { c: 1 }], 'a b { c: 1 }\n', ''],
    ['info', [[1]], '[ 1 ]\n', ''],
    ['debug', [null], 'null\n', ''],
    ['warn', ['w'], '', 'w\n'],
    ['error', ['e', 1], '', 'e 1\n'],
    ['assert', [true, 'x'], '', ''],
    ['assert', [false, 'x'], '', 'Assertion failed: x\n'],
    ['dir', [{ a: [1] }], '{ a: [ 1 ] }\n', ''],
    ['log', [], '\n', ''],
  ];
  for (const [method, args, out, err] of cases) {
    const { printer, seen } = captured();
    /** @type {any} */ (printer)[method](...args);
    t.deepEqual(seen, { out, err }, `${method}(${JSON.stringify(args)})`);
  }
});

test('groups, counters, tables', (t) => {
  const { printer, seen } = captured();
  printer.group('g');
  printer.log('a\nb');
  printer.groupEnd();
  printer.log('c');
  printer.count();
  printer.count('x');
  printer.count();
  printer.countReset();
  printer.count();
  t.equal(seen.out, 'g\n  a\n  b\nc\ndefault: 1\nx: 1\ndefault: 2\ndefault: 1\n');
  seen.out = '';
  printer.table([{ a: 1, b: 'x' }, { a: 22 }]);
  t.equal(
    seen.out,
    [
      '┌─────────┬────┬─────┐',
      '│ (index) │ a  │ b   │',
      '├─────────┼────┼─────┤',
      "│ 0       │ 1  │ 'x' │",
      '│ 1       │ 22 │     │',
      '└─────────┴────┴─────┘',
      '',
    ].join('\n'),
  );
});

test('timers', (t) => {
  const { printer, seen } = captured();
  printer.time('t');
  printer.timeEnd('t');
  t.match(seen.out, /^t: \d+\.\d+ms\n$/);
  printer.timeEnd('t');
  t.match(seen.err, /No such label 't'/);
});

test('methods work on their own, and the page can be patched', (t) => {
  const { printer, seen } = captured();
  const { log } = printer;
  log('free');
  t.equal(seen.out, 'free\n');
  t.equal(console.Console, Console);
  /** @type {any[]} */
  const own = [];
  const page = { log: (/** @type {any[]} */ ...values) => own.push(values) };
  patchGlobalConsole(page);
  page.log('# printed by a patched console');
  t.deepEqual(own, [['# printed by a patched console']]);
});
