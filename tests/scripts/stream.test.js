// `oro:stream`: sources, sinks and what joins them.

import test from 'oro:test';
import Stream, {
  Duplex,
  PassThrough,
  Readable,
  Transform,
  Writable,
  finished,
  isStream,
  pipelinePromise,
  promises,
} from 'oro:stream';

test('a source is read in order, and only as fast as it is asked', async (t) => {
  let made = 0;
  const source = new Readable({
    highWaterMark: 3,
    byteLength: () => 1,
    read(done) {
      made += 1;
      this.push(made > 10 ? null : made);
      done(null);
    },
  });
  const seen = [];
  for await (const value of source) {
    seen.push(value);
    t.ok(made - seen.length <= 4, `${made} made, ${seen.length} read`);
  }
  t.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('pipelines', async (t) => {
  /** @type {string[]} */
  const seen = [];
  const upper = new Transform({
    transform: (data, done) => done(null, String(data).toUpperCase()),
  });
  const sink = new Writable({
    write(data, done) {
      seen.push(data);
      setTimeout(done, 0);
    },
  });
  await pipelinePromise(Readable.from(['a', 'b', 'c']), upper, new PassThrough(), sink);
  t.deepEqual(seen, ['A', 'B', 'C']);
  const failing = new Transform({
    transform: (_data, done) => done(new Error('broken')),
  });
  const source = Readable.from(['a']);
  await t.rejects(
    promises.pipeline(source, failing, new Writable({ write: (_data, done) => done() })),
    /broken/,
  );
  t.equal(source.destroyed, true, 'all of it is destroyed');
});

test('the end is told', async (t) => {
  const done = new Promise((resolve) => {
    const sink = new Writable({ write: (_data, next) => next() });
    finished(sink, resolve);
    sink.end('x');
  });
  t.equal(await done, null);
  const broken = new Readable();
  const failed = promises.finished(broken);
  broken.destroy(new Error('gone'));
  await t.rejects(failed, /gone/);
});

test('kinds', (t) => {
  t.ok(isStream(new Duplex()) && !isStream({}));
  t.ok(new Duplex() instanceof Readable && new Readable() instanceof Stream);
  t.equal(/** @type {any} */ (Stream).Readable, Readable);
});
