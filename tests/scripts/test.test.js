// `oro:test`: the runner and its output, by runs inside this run.

import test, { TestRunner } from 'oro:test';

/** @param {(runner: TestRunner) => void} add @returns {Promise<{ code: number, text: string }>} */
function run(add) {
  return new Promise((resolve) => {
    let text = '';
    const runner = new TestRunner(
      (part) => (text += part),
      (code) => resolve({ code, text }),
    );
    add(runner);
  });
}

/** @param {string} text */
const results = (text) => text.split('\n').filter((line) => /^(not )?ok /.test(line));

test('a run that passes', async (t) => {
  const { code, text } = await run((runner) => {
    runner.add('first', (u) => {
      u.ok(1, 'one');
      u.equal(2, 2, 'two # with a mark');
    });
    runner.add('second', async (u) => u.deepEqual({ a: [1] }, { a: [1] }, 'three'));
  });
  t.equal(code, 0);
  t.equal(
    text,
    [
      'TAP version 13',
      '# first',
      'ok 1 one',
      'ok 2 two \\# with a mark',
      '# second',
      'ok 3 three',
      '',
      '1..3',
      '# tests 3',
      '# pass  3',
      '',
      '# ok',
      '',
    ].join('\n'),
  );
});

test('what fails is told', async (t) => {
  /** @type {Array<[name: string, body: import('oro:test').TestBody, pattern: RegExp]>} */
  const cases = [
    [
      'equal',
      (u) => u.equal(1, /** @type {any} */ ('1'), 'm'),
      /not ok 1 m\n {2}---\n {4}operator: equal\n {4}expected: '1'\n {4}actual: 1\n/,
    ],
    ['deepEqual', (u) => u.deepEqual([1], [2], 'm'), /expected: \[ 2 \]\n {4}actual: \[ 1 \]/],
    ['throws', (u) => u.throws(() => {}, 'm'), /not ok 1 m\n/],
    [
      'throws another',
      (u) =>
        u.throws(
          () => {
            throw new Error('a');
          },
          /b/,
          'm',
        ),
      /not ok 1 m\n/,
    ],
    [
      'throws another class',
      (u) =>
        u.throws(
          () => {
            throw new Error('a');
          },
          TypeError,
          'm',
        ),
      /not ok 1 m\n/,
    ],
    ['rejects', (u) => u.rejects(Promise.resolve(), 'm'), /not ok 1 m\n/],
    [
      'exception',
      () => {
        throw new RangeError('boom');
      },
      /not ok 1 exception: RangeError: boom/,
    ],
    [
      'rejection',
      async () => {
        throw new RangeError('boom');
      },
      /not ok 1 rejection: RangeError: boom/,
    ],
    [
      'plan',
      (u) => {
        u.plan(1);
        u.pass();
        u.pass();
      },
      /number of assertions is the planned one/,
    ],
    ['match', (u) => u.match('a', /b/, 'm'), /not ok 1 m\n/],
  ];
  for (const [name, body, pattern] of cases) {
    const { code, text } = await run((runner) => runner.add(name, body));
    t.equal(code, 1, `${name}: code`);
    t.match(text, pattern, `${name}: text`);
    t.match(text, /# fail {2}1\n$/, `${name}: summary`);
  }
});

test('only, skip and todo', async (t) => {
  const pass = (/** @type {any} */ u) => u.pass('p');
  const fail = (/** @type {any} */ u) => u.fail('f');
  const all = await run((runner) => {
    runner.add('s', fail, { skip: true });
    runner.add('d', fail, { todo: 'later' });
    runner.add('p', pass);
  });
  t.deepEqual(results(all.text), ['ok 1 s # SKIP', 'not ok 2 f # TODO later', 'ok 3 p']);
  t.equal(all.code, 0);
  const some = await run((runner) => {
    runner.add('a', fail);
    runner.add('b', pass, { only: true });
  });
  t.deepEqual(results(some.text), ['ok 1 p']);
});

test('a test that takes too long fails, and the others run', async (t) => {
  const { code, text } = await run((runner) => {
    runner.add('slow', () => new Promise(() => {}), { timeout: 10 });
    runner.add('next', (u) => u.pass('p'));
  });
  t.equal(code, 1);
  t.deepEqual(results(text), ['not ok 1 slow: Error: took longer than 10 ms', 'ok 2 p']);
});

test('a plan is waited for, teardowns run last, tests nest', async (t) => {
  /** @type {string[]} */
  const order = [];
  const { code, text } = await run((runner) => {
    runner.add('plan', (u) => {
      u.plan(1);
      u.teardown(() => order.push('outer'));
      u.teardown(() => order.push('inner'));
      setTimeout(() => {
        order.push('late');
        u.pass('late');
      }, 5);
    });
    runner.add('nest', async (u) => {
      await u.test('child', (v) => v.pass('c'));
      u.pass('parent');
    });
  });
  t.equal(code, 0);
  t.deepEqual(order, ['late', 'inner', 'outer']);
  t.deepEqual(results(text), ['ok 1 late', 'ok 2 c', 'ok 3 parent']);
  t.match(text, /# nest > child\n/);
});

test('uncaught errors, empty tests and files that cannot be loaded fail', async (t) => {
  const uncaught = await run((runner) => {
    runner.add('x', () => {
      runner.uncaught(new Error('stray'));
      return new Promise(() => {});
    });
  });
  t.deepEqual(results(uncaught.text), ['not ok 1 x: Error: stray']);
  const strict = await run((runner) => {
    runner.setStrict(true);
    runner.add('empty', () => {});
  });
  t.deepEqual(results(strict.text), ['not ok 1 makes an assertion']);
  const load = await run((runner) => void runner.after(Promise.reject(new SyntaxError('bad'))));
  t.deepEqual(results(load.text), ['not ok 1 the tests can be loaded: SyntaxError: bad']);
  t.equal(load.code, 1);
});
