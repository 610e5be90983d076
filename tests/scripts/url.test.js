// `oro:url`: addresses of the web and Node's old functions.

import test from 'oro:test';
import url, { URL, fileURLToPath, format, parse, parseURL, pathToFileURL, resolve } from 'oro:url';

test('paths and file addresses', (t) => {
  for (const [path, href] of [
    ['/a b', 'file:///a%20b'],
    ['/a#b?c', 'file:///a%23b%3Fc'],
    ['/100%', 'file:///100%25'],
    ['/é', 'file:///%C3%A9'],
    ['/x/', 'file:///x/'],
    ['/a\\b', 'file:///a%5Cb'],
  ]) {
    t.equal(pathToFileURL(path).href, href, path);
    t.equal(fileURLToPath(href), path, href);
    t.equal(fileURLToPath(new URL(href)), path);
  }
  for (const [address, code] of [
    ['http://x/', 'ERR_INVALID_URL_SCHEME'],
    ['file://host/x', 'ERR_INVALID_FILE_URL_HOST'],
    ['file:///a%2Fb', 'ERR_INVALID_FILE_URL_PATH'],
  ]) {
    t.throws(() => fileURLToPath(address), { code }, address);
  }
});

test('the old parser', (t) => {
  const parts = parse('http://user:pw@host.com:8080/p/a?q=1&q=2#h', true);
  t.equal(parts.protocol, 'http:');
  t.equal(parts.auth, 'user:pw');
  t.equal(parts.host, 'host.com:8080');
  t.equal(parts.pathname, '/p/a');
  t.equal(parts.hash, '#h');
  t.deepEqual(/** @type {any} */ (parts.query).q, ['1', '2']);
  t.equal(
    format({ protocol: 'https', host: 'x.y', pathname: '/z', query: { a: 1 } }),
    'https://x.y/z?a=1',
  );
});

test('resolve', (t) => {
  for (const [from, to, expected] of [
    ['/one/two/three', 'four', '/one/two/four'],
    ['http://example.com/', '/one', 'http://example.com/one'],
    ['http://example.com/one', '/two', 'http://example.com/two'],
    ['http://a.com/b/c/d', '../e', 'http://a.com/b/e'],
    ['http://a.com/b', '//c.com/d', 'http://c.com/d'],
  ]) {
    t.equal(resolve(from, to), expected, `${from} ${to}`);
  }
});

test('addresses of the application have a host', (t) => {
  const page = new URL('oro://app.id/a/b?c#d');
  t.deepEqual([page.host, page.pathname, page.search, page.hash], ['app.id', '/a/b', '?c', '#d']);
  t.equal(new URL('../x', page).href, 'oro://app.id/x');
  t.equal(parseURL('x.html')?.protocol, 'oro:', 'relative to the page');
  t.equal(parseURL('http://[', 'oro://x/'), null);
});

test('the rest', (t) => {
  t.equal(
    format(new URL('http://u:p@x/y?z#h'), {
      auth: false,
      fragment: false,
      search: false,
    }),
    'http://x/y',
  );
  t.equal(url.domainToASCII('español.com'), 'xn--espaol-zwa.com');
  t.deepEqual(url.urlToHttpOptions(new URL('http://a:b@[::1]:80/p?q')), {
    protocol: 'http:',
    hostname: '::1',
    hash: '',
    search: '?q',
    pathname: '/p',
    path: '/p?q',
    href: 'http://a:b@[::1]/p?q',
    auth: 'a:b',
  });
  t.equal(url.URL, globalThis.URL);
  t.equal(url.URLSearchParams, globalThis.URLSearchParams);
});
