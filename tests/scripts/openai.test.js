// The server of models, asked by the client of OpenAI's interface as it comes from npm.

import test from 'oro:test';
import { baseURL } from 'oro:ai';
// @ts-expect-error It is at this address only where the suites run.
import OpenAI from '/openai/index.mjs';

const client = new OpenAI({
  baseURL,
  apiKey: 'none',
  dangerouslyAllowBrowser: true,
  maxRetries: 0,
});
const model = 'tiny-chat';
/** @param {string} content */
const asked = (content) => ({ model, messages: [{ role: 'user', content }], temperature: 0 });

test('a chat is answered', async (t) => {
  const completion = await client.chat.completions.create(asked('What is 2 + 3?'));
  t.equal(completion.choices[0].message.content, '2 plus 3 is five.');
  t.equal(completion.choices[0].finish_reason, 'stop');
  const { prompt_tokens, completion_tokens, total_tokens } = completion.usage;
  t.equal(total_tokens, prompt_tokens + completion_tokens);
});

test('a chat is answered as a stream', async (t) => {
  const options = { stream: true, stream_options: { include_usage: true } };
  const stream = await client.chat.completions.create({
    ...asked('What is the capital of Norway?'),
    ...options,
  });
  let text = '';
  let usage = null;
  let chunks = 0;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    usage = chunk.usage ?? usage;
    chunks += 1;
  }
  t.equal(text, 'The capital of Norway is Oslo.');
  t.ok(chunks > 4);
  t.ok(usage.total_tokens > 10);
  const runner = client.chat.completions.stream(asked('What colour is the sky?'));
  t.equal(await runner.finalContent(), 'The sky is blue.');
});

test('a stream that is left stops its generation', async (t) => {
  /** How many tokens were made until nothing runs any more. */
  const made = async () => {
    for (;;) {
      const { limits, engine } = await (await fetch('/ai/llama/health')).json();
      if (limits.running === 0) return engine.completion_tokens;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  // The model would end by itself otherwise, and one text is soon written.
  const story = {
    ...asked('Tell me a story about Anna.'),
    max_tokens: 900,
    ignore_eos: true,
    n: 16,
  };
  const before = await made();
  const stream = await client.chat.completions.create({ ...story, stream: true });
  for await (const chunk of stream) {
    if (chunk.choices[0].delta.content) break;
  }
  const controller = new AbortController();
  const given = client.chat.completions.create(story, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await t.rejects(given, { message: 'Request was aborted.' });
  t.ok((await made()) - before < (2 * 16 * 900) / 2);
});

test('texts are completed', async (t) => {
  const completion = await client.completions.create({
    model,
    prompt: 'The sky',
    max_tokens: 4,
    temperature: 0,
    echo: true,
  });
  t.ok(completion.choices[0].text.startsWith('The sky'));
  t.equal(completion.object, 'text_completion');
});

test('texts become vectors, whichever way they are written', async (t) => {
  const input = ['a cat', 'a dog'];
  // The client asks for base64 by itself, and gives numbers.
  const { data, usage } = await client.embeddings.create({ model, input });
  const floats = await client.embeddings.create({ model, input, encoding_format: 'float' });
  t.deepEqual(
    data.map((/** @type {any} */ { embedding }) => embedding.length),
    [128, 128],
  );
  const length = Math.hypot(...data[0].embedding);
  t.ok(Math.abs(length - 1) < 1e-3);
  t.ok(Math.abs(data[1].embedding[5] - floats.data[1].embedding[5]) < 1e-6);
  t.ok(usage.prompt_tokens > 1);
});

test('models are listed and retrieved', async (t) => {
  const ids = [];
  for await (const { id } of await client.models.list()) ids.push(id);
  t.ok(ids.includes(model));
  t.equal((await client.models.retrieve(model)).object, 'model');
  await t.rejects(client.models.retrieve('absent'), { status: 404, code: 'model_not_found' });
});

test('the model calls tools, and reads what they give', async (t) => {
  const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  /** @type {string[]} */
  const calls = [];
  const runner = client.chat.completions.runTools({
    ...asked('What is the weather in Oslo?'),
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_weather',
          description: 'The weather of a city.',
          parameters: city,
          parse: JSON.parse,
          function: (/** @type {{ city: string }} */ { city }) => {
            calls.push(city);
            return { sky: 'sunny', degrees: 20 };
          },
        },
      },
    ],
  });
  const answer = await runner.finalContent();
  t.deepEqual(calls, ['Oslo']);
  t.equal(answer, 'It is sunny in Oslo and 20 degrees.');
});

test('answers are JSON of a schema', async (t) => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string', enum: ['Oslo', 'Rome'] } },
    required: ['city'],
    additionalProperties: false,
  };
  const completion = await client.chat.completions.create({
    ...asked('What is the capital of Norway?'),
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
  });
  const { city } = JSON.parse(completion.choices[0].message.content);
  t.ok(['Oslo', 'Rome'].includes(city));
});

test('errors are the errors of the client', async (t) => {
  const bad = { ...asked('x'), temperature: 3 };
  await t.rejects(client.chat.completions.create(bad), { status: 400, param: 'temperature' });
  const unknown = { ...asked('x'), model: 'absent' };
  await t.rejects(client.chat.completions.create(unknown), { status: 404, param: 'model' });
  const long = asked('word '.repeat(5000));
  await t.rejects(client.chat.completions.create(long), {
    status: 400,
    code: 'context_length_exceeded',
  });
  const longer = asked('x'.repeat(131_073));
  await t.rejects(client.chat.completions.create(longer), { status: 413 });
});
