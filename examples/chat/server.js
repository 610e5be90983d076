/** The model server of the application: which models there are, and answers as they are made. */

import { baseURL } from 'oro:ai';
import { Model } from 'oro:ai/llm';

/** What the server answered in the place of an answer. */
export class ServerError extends Error {
  /** @param {{ message: string, code?: string }} error */
  constructor({ message, code }) {
    super(message);
    this.code = code ?? '';
  }
}

/**
 * A model, and how it stands.
 *
 * @typedef {{ name: string, size: number, state: 'file' | 'loading' | 'ready' }} Choice
 */

/**
 * The models that can be chosen.
 *
 * @returns {Promise<Choice[]>}
 */
export async function listModels() {
  const [files, loaded] = await Promise.all([Model.files(), Model.list()]);
  const ready = new Set(loaded.map(({ name }) => name));
  return files.map(({ name, size }) => ({ name, size, state: ready.has(name) ? 'ready' : 'file' }));
}

/**
 * Loads a model, if it is not there yet.
 *
 * @param {string} name
 * @param {(share: number) => void} onprogress hears how much of it is read, from 0 to 1
 */
export async function loadModel(name, onprogress) {
  await Model.load(name, { onprogress });
}

/**
 * What a piece of an answer brings: text, or how it went.
 *
 * @typedef {object} Piece
 * @property {string} [text]
 * @property {string} [finish] why it ended
 * @property {any} [timings]
 */

/**
 * Asks for the next turn of a conversation. Ending the signal ends the work of the model, too.
 *
 * @param {Record<string, unknown>} request
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Piece>}
 */
export async function* ask(request, signal) {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...request, stream: true }),
    signal,
  });
  if (!response.ok) throw new ServerError((await response.json()).error);
  for await (const { event, data } of events(response.body)) {
    if (data === '[DONE]') return;
    const value = JSON.parse(data);
    if (event === 'error') throw new ServerError(value.error);
    const [choice] = value.choices;
    yield {
      text: choice?.delta.content ?? '',
      finish: choice?.finish_reason,
      timings: value.timings,
    };
  }
}

/**
 * The events of a stream.
 *
 * @param {ReadableStream<Uint8Array>} body
 */
async function* events(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      yield* blocks.map(parseEvent);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** @param {string} block */
function parseEvent(block) {
  const found = { event: '', data: '' };
  for (const line of block.split('\n')) {
    const [, name, value] = /^(event|data): ?(.*)$/.exec(line) ?? [];
    if (name) found[name] += value;
  }
  return found;
}
