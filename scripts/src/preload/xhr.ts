/** `XMLHttpRequest` for the runtime's own schemes. */

import { NAME, giveUp, nextName } from './cancel.js';
import { isEndpoint } from './endpoint.js';
import { MARKER, isBacked, isRuntimeURL, mark, multipart, read, resolve } from './body.js';

interface State {
  runtime: boolean;
  /** The name of the request, if it is one to an endpoint. */
  name: string | null;
  async: boolean;
  hasType: boolean;
  /** Counts calls of `open` and `abort`: a body that was read for an older one is not sent. */
  turn: number;
}

/** Lets `XMLHttpRequest` send blobs and forms to native code. */
export function patchXHR(): void {
  const { XMLHttpRequest } = globalThis;
  if (!XMLHttpRequest) return;
  const proto = XMLHttpRequest.prototype;
  const { open, send, setRequestHeader, abort } = proto;
  const states = new WeakMap<XMLHttpRequest, State>();

  proto.open = function (
    this: XMLHttpRequest,
    method: string,
    url: string | URL,
    ...rest: unknown[]
  ) {
    const turn = (states.get(this)?.turn ?? 0) + 1;
    const isAsync = rest.length === 0 || Boolean(rest[0]);
    const name = isEndpoint(url) ? nextName() : null;
    states.set(this, { runtime: isRuntimeURL(url), name, async: isAsync, hasType: false, turn });
    const target = resolve(url);
    return open.call(this, method, target, ...((rest.length ? rest : [true]) as [boolean]));
  } as typeof proto.open;

  proto.setRequestHeader = function (this: XMLHttpRequest, name: string, value: string): void {
    const state = states.get(this);
    // It is set below, for what is really in memory; twice would be another value.
    if (state?.runtime && name.toLowerCase() === MARKER.toLowerCase()) return;
    if (state && /^content-type$/i.test(name)) state.hasType = true;
    setRequestHeader.call(this, name, value);
  };

  proto.abort = function (this: XMLHttpRequest): void {
    const state = states.get(this);
    if (state) state.turn += 1;
    if (state?.name) giveUp(state.name);
    abort.call(this);
  };

  proto.send = function (
    this: XMLHttpRequest,
    body?: XMLHttpRequestBodyInit | Document | null,
  ): void {
    const state = states.get(this);
    if (state?.name) setRequestHeader.call(this, NAME, state.name);
    const isMarked = Boolean(state?.name) || (body !== null && body !== undefined);
    if (!state?.runtime || !isMarked) return send.call(this, body);
    if (!isBacked(body)) {
      setRequestHeader.call(this, MARKER, mark);
      return send.call(this, body);
    }
    const deliver = (bytes: ArrayBuffer, type: string | null): void => {
      setRequestHeader.call(this, MARKER, mark);
      if (type && !state.hasType) setRequestHeader.call(this, 'content-type', type);
      send.call(this, bytes);
    };
    if (!state.async) {
      const blob = body instanceof FormData ? multipart(body) : body;
      if (!(blob instanceof Blob)) {
        throw new DOMException('A stream cannot be sent blocking', 'NotSupportedError');
      }
      return deliver(readBlocking(blob, open, send), blob.type);
    }
    const { turn } = state;
    read(body).then(
      ({ bytes, type }) => {
        if (state.turn === turn) deliver(bytes, type);
      },
      () => {
        if (state.turn === turn) this.dispatchEvent(new ProgressEvent('error'));
      },
    );
  };

  function readBlocking(blob: Blob, openNative: typeof open, sendNative: typeof send): ArrayBuffer {
    const url = URL.createObjectURL(blob);
    try {
      const xhr = new XMLHttpRequest();
      openNative.call(xhr, 'GET', url, false);
      xhr.responseType = 'arraybuffer';
      sendNative.call(xhr, null);
      return xhr.response as ArrayBuffer;
    } finally {
      URL.revokeObjectURL(url);
    }
  }
}
