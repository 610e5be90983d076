/**
 * Bodies of requests to the runtime's own schemes.
 *
 * Native code can take a body only if all of it is in memory; one that is backed by a blob would
 * end the process inside WebKit. So blobs are read first, and a header tells that they were.
 */

/** The header that tells native code that a body is in memory. */
export const MARKER = 'Runtime-Body';

/**
 * Its value, which is another one in each run: native code believes nobody but this script, since
 * a wrong mark would end the process.
 */
export let mark = '';

/** Sets the value of the header. */
export function setMark(value: string): void {
  mark = value;
}

/** Whether an address is answered by native code. */
export function isRuntimeURL(url: string | URL): boolean {
  try {
    const { protocol } = new URL(url, base());
    return protocol === 'ipc:' || protocol === 'oro:' || protocol === 'node:';
  } catch {
    return false;
  }
}

/** What relative addresses are relative to. */
export function base(): string {
  const { document, location } = globalThis as { document?: Document; location: Location };
  return home ?? document?.baseURI ?? location.href;
}
let home: string | undefined;

/** Sets what relative addresses are relative to, where the location does not tell. */
export function setBase(url: string): void {
  home = url;
}

/** An absolute address; what is none is left to the WebView to refuse. */
export function resolve(url: string | URL): string {
  try {
    return new URL(url, base()).href;
  } catch {
    return String(url);
  }
}

/** Whether a body has to be read before it can be sent. */
export function isBacked(body: unknown): body is Blob | FormData | ReadableStream {
  return (
    body instanceof Blob ||
    body instanceof FormData ||
    (typeof ReadableStream === 'function' && body instanceof ReadableStream)
  );
}

/** Reads a body into memory. */
export async function read(
  body: Blob | FormData | ReadableStream,
): Promise<{ bytes: ArrayBuffer; type: string | null }> {
  const blob = body instanceof FormData ? multipart(body) : body;
  if (blob instanceof Blob) return { bytes: await blob.arrayBuffer(), type: blob.type || null };
  return { bytes: await new Response(blob).arrayBuffer(), type: null };
}

/** A form in the way that it is sent; WebKit itself cannot read one that holds files. */
export function multipart(form: FormData): Blob {
  // In lower case, because the type of a blob is.
  const boundary = `----oro-form-${Math.random().toString(36).slice(2)}`;
  const quoted = (text: string): string =>
    text.replace(/\r\n|\r|\n/g, '%0D%0A').replace(/"/g, '%22');
  const parts: BlobPart[] = [];
  form.forEach((value, name) => {
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`);
    if (typeof value === 'string') {
      parts.push(`\r\n\r\n${value.replace(/\r\n|\r|\n/g, '\r\n')}\r\n`);
    } else {
      const type = value.type || 'application/octet-stream';
      parts.push(
        `; filename="${quoted(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`,
        value,
        '\r\n',
      );
    }
  });
  parts.push(`--${boundary}--\r\n`);
  return new Blob(parts, { type: `multipart/form-data; boundary=${boundary}` });
}
