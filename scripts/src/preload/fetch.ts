/** `fetch` and `sendBeacon` for the runtime's own schemes. */

import { MARKER, isBacked, isRuntimeURL, mark, multipart, read, resolve } from './body.js';
import { NAME, giveUpWith, nextName } from './cancel.js';
import { isEndpoint } from './endpoint.js';
import { nativeFetch } from './native.js';

/** Lets `fetch` send blobs and forms to native code, reach endpoints, and give requests up. */
export function patchFetch(isWorker: boolean): void {
  define('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : null;
    const body = init?.body ?? null;
    const signal = init?.signal ?? request?.signal ?? null;
    const url = request ? request.url : resolve(input as string | URL);
    const isPlain = body === null && !request?.body && !signal && !isEndpoint(url);
    // Only a worker that was started through a blob has a base of its own.
    if (isPlain && !(isWorker && !request)) return nativeFetch(input, init);
    if (isPlain || !isRuntimeURL(url)) return nativeFetch(request ?? url, init);
    return send(request ?? url, init, body, signal);
  });
  define(
    'Request',
    new Proxy(globalThis.Request, {
      construct(target, [input, init]: [RequestInfo | URL, RequestInit?], newTarget) {
        // Once it is part of a request, WebKit cannot read a form that holds files.
        const form = init?.body instanceof FormData ? init.body : null;
        const url = input instanceof target ? input.url : (input as string | URL);
        const options = form && isRuntimeURL(url) ? { ...init, body: multipart(form) } : init;
        return Reflect.construct(target, [input, options], newTarget) as Request;
      },
    }),
  );
  const { navigator } = globalThis;
  const beacon = navigator.sendBeacon?.bind(navigator);
  if (!beacon) return;
  navigator.sendBeacon = (url: string | URL, body?: BodyInit | null): boolean => {
    if (!isRuntimeURL(url)) return beacon(url, body);
    fetch(url, { method: 'POST', body: body ?? '', keepalive: true }).catch(() => {});
    return true;
  };
}

async function send(
  input: string | Request,
  init: RequestInit | undefined,
  body: BodyInit | null,
  signal: AbortSignal | null,
): Promise<Response> {
  const request = typeof input === 'string' ? null : input;
  const headers = new Headers(init?.headers ?? request?.headers);
  let bytes = body;
  if (isBacked(body)) {
    const content = await read(body);
    if (content.type && !headers.has('content-type')) headers.set('content-type', content.type);
    bytes = content.bytes;
  } else if (body === null && request?.body) {
    bytes = await request.arrayBuffer();
  }
  if (bytes !== null || isEndpoint(request?.url ?? (input as string))) headers.set(MARKER, mark);
  const name = signal && nextName();
  if (name) headers.set(NAME, name);
  const options = { ...members(request), ...members(init), signal, headers, body: bytes };
  const sent = nativeFetch(request?.url ?? (input as string), options);
  if (!name) return sent;
  // Once it is answered, closing the answer is enough.
  return sent.finally(giveUpWith(signal, name));
}

const MEMBERS = [
  'method',
  'mode',
  'credentials',
  'cache',
  'redirect',
  'referrer',
  'referrerPolicy',
  'integrity',
  'keepalive',
] as const;

/** What is said of a request, also where it is inherited, as it is by requests themselves. */
function members(of: Request | RequestInit | null | undefined): RequestInit {
  const said = MEMBERS.filter((name) => of?.[name] !== undefined);
  return Object.fromEntries(said.map((name) => [name, of?.[name]]));
}

function define(name: 'fetch' | 'Request', value: typeof fetch | typeof Request): void {
  const enumerable = name === 'fetch';
  Object.defineProperty(value, 'name', { value: name, configurable: true });
  Object.defineProperty(globalThis, name, {
    value,
    writable: true,
    configurable: true,
    enumerable,
  });
}
