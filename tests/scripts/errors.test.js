// `oro:errors`: errors as Node and the web know them.

import test from 'oro:test';
import errors, { AbortError, OroError, SystemError, isSystemCode } from 'oro:errors';

test('system errors', (t) => {
  const error = new SystemError('EEXIST', {
    syscall: 'link',
    path: '/a',
    dest: '/b',
  });
  t.equal(error.message, "EEXIST: file already exists, link '/a' -> '/b'");
  t.deepEqual(
    [error.code, error.errno, error.syscall, error.path, error.dest],
    ['EEXIST', -17, 'link', '/a', '/b'],
  );
  t.equal(new SystemError('EWEIRD', { syscall: 'x' }, 'odd').message, 'EWEIRD: odd, x');
  t.ok(isSystemCode('ENOENT') && !isSystemCode('ERR_X') && !isSystemCode(2));
});

test('errors of calls', (t) => {
  const error = /** @type {any} */ (
    OroError.from({ message: 'm', type: 'NotFoundError', code: 5, extra: 1 }, 'a.b')
  );
  t.deepEqual(
    [error.name, error.message, error.code, error.extra, error.route],
    ['NotFoundError', 'm', '5', 1, 'a.b'],
  );
  t.ok(error instanceof Error && error instanceof OroError);
  t.equal(OroError.from('text').message, 'text');
  t.equal(OroError.from(null).message, 'The call failed');
  t.ok(!Object.keys(error).includes('name'));
});

test('errors of arguments and signals', (t) => {
  t.equal(
    new errors.InvalidArgTypeError('path', 'of type string', 5).message,
    'The "path" argument must be of type string. Received type number (5)',
  );
  t.equal(
    new errors.OutOfRangeError('fd', '>= 0', -1).message,
    'The value of "fd" is out of range. It must be >= 0. Received -1',
  );
  const reason = new Error('why');
  const error = AbortError.of(AbortSignal.abort(reason));
  t.deepEqual([error.name, error.code, error.cause], ['AbortError', 'ABORT_ERR', reason]);
});
