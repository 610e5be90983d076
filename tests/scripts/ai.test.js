// `oro:ai`: models, contexts, adapters and conversations, with the tiny models of the fixtures.

import test from 'oro:test';
import ai, { Chat, ChatMessageEvent, Context, LoRA, Model, Session, health } from 'oro:ai';
import * as chat from 'oro:ai/chat';
import * as llm from 'oro:ai/llm';

const CAPITAL = 'What is the capital of Norway?';
const OSLO = 'The capital of Norway is Oslo.';

/** @param {Partial<import('oro:ai/chat').SessionOptions>} [options] */
const talk = (options) =>
  new Session({ model: 'tiny-chat', size: 512, temp: 0, ...options }).load();

test('the modules are one', (t) => {
  t.equal(chat.Session, Session);
  t.equal(llm.Model, Model);
  t.equal(ai.Context, Context);
  t.equal(ai.baseURL, 'oro://app.oro.local/ai/llama/v1');
});

test('models are loaded, shared, listed and refused', async (t) => {
  /** @type {number[]} */
  const shares = [];
  const model = await Model.load('tiny-chat', { onprogress: (share) => shares.push(share) });
  t.deepEqual(
    [...shares].sort((a, b) => a - b),
    shares,
  );
  t.equal(shares.at(-1), 1);
  const same = await new Model({ name: 'tiny-chat.gguf' }).load();
  t.equal(same.id, model.id);
  t.equal(same.name, 'tiny-chat');
  t.ok(model.loaded && /^\d+$/.test(model.id));
  t.deepEqual(
    (await Model.files()).map(({ name, size }) => [name, size]),
    [
      ['tiny', 305_728],
      ['tiny-chat', 1_036_832],
    ],
  );
  t.ok((await Model.list()).some(({ id }) => id === model.id));
  t.ok((await health()).models.some((/** @type {any} */ { name }) => name === 'tiny-chat'));
  t.throws(() => new Model('tiny').id, TypeError);
  await t.rejects(Model.load('absent'), { name: 'NotFoundError', code: 'ENOENT' });
  await t.rejects(Model.load({ name: 'passwd', directory: '/etc' }), { name: 'NotFoundError' });
});

test('a session hears what its model says, piece by piece', async (t) => {
  const session = await talk();
  /** @type {ChatMessageEvent[]} */
  const events = [];
  session.addEventListener('message', (event) =>
    events.push(/** @type {ChatMessageEvent} */ (event)),
  );
  const answer = await session.message(CAPITAL);
  t.equal(answer.text, OSLO);
  t.equal(answer.finishReason, 'stop');
  t.equal(events.map(({ data }) => data).join(''), OSLO);
  t.deepEqual(
    events.map(({ finished }) => finished),
    events.map((_, at) => at === events.length - 1),
  );
  const history = await session.history();
  t.deepEqual(
    history.map(({ role, content }) => [role, content]),
    [
      ['user', CAPITAL],
      ['assistant', OSLO],
    ],
  );
  t.ok((await session.context.stats()).used > 10);
  await session.destroy();
  await t.rejects(async () => session.message(CAPITAL), TypeError);
});

test('an answer can be read as a stream, and left', async (t) => {
  const session = await talk();
  let said = '';
  for await (const piece of session.stream(CAPITAL)) said += piece;
  t.equal(said, OSLO);
  for await (const piece of session.stream('Tell me a story about Anna.', { maxTokens: 300 })) {
    t.ok(piece.length > 0);
    break;
  }
  t.equal((await session.message('What is 2 + 3?')).text, '2 plus 3 is five.');
  await t.rejects(session.message(''), { name: 'TypeError', code: 'ERR_INVALID_ARG' });
  await session.destroy();
});

test('an answer ends where it is told to', async (t) => {
  const session = await talk();
  t.equal(
    (await session.message(CAPITAL, { antiprompts: ['x', ' is'] })).text,
    'The capital of Norway',
  );
  t.equal((await session.message(CAPITAL, { maxTokens: 2 })).finishReason, 'length');
  const signal = AbortSignal.abort();
  await t.rejects(session.message(CAPITAL, { signal }), { name: 'AbortError' });
  await session.destroy();
});

test('two sessions talk at once, and one does not talk over itself', async (t) => {
  const [one, two] = await Promise.all([talk(), talk()]);
  const [first, second] = await Promise.all([
    one.message(CAPITAL),
    two.message('What colour is the sky?'),
  ]);
  t.deepEqual([first.text, second.text], [OSLO, 'The sky is blue.']);
  const slow = one.message('Tell me a story about Anna.');
  await t.rejects(one.message(CAPITAL), { name: 'InvalidStateError', code: 'EBUSY' });
  t.ok((await slow).text.includes('Anna'));
  const ids = (await Chat.list()).map(({ id }) => id);
  t.ok(ids.includes(one.id) && ids.includes(two.id));
  await Promise.all([one.destroy(), two.destroy()]);
});

test('an answer ends with its session, and with its model', async (t) => {
  const story = 'Tell me a story about Anna.';
  const session = await talk();
  const said = session.message(story);
  await session.destroy();
  t.equal((await said).finishReason, 'abort');
  const model = await Model.load('tiny-chat');
  const another = await talk({ model });
  const ends = another.message(story);
  await model.unload();
  t.equal((await ends).finishReason, 'abort');
  await t.rejects(another.message(story), { name: 'NotFoundError' });
});

test('a state moves from one context to another', async (t) => {
  const first = await talk();
  await first.generate('The capital of Norway', { maxTokens: 1 });
  const state = await first.context.dump();
  t.ok(state instanceof Uint8Array && state.length > 100);
  const context = await Context.load({ model: 'tiny-chat', size: 512, temp: 0 });
  await context.restore(state);
  t.ok(context.used > 3);
  const second = new Session({ context });
  const [a, b] = [await first.generate(' is'), await second.generate(' is')];
  t.equal(a.text, b.text);
  await t.rejects(context.restore(new Uint8Array(7)), { code: 'ERR_AI_INVALID_STATE' });
  await Promise.all([first.destroy(), second.destroy()]);
});

test('an adapter is attached and comes off again', async (t) => {
  const model = await Model.load('tiny');
  const lora = await LoRA.load({ model, name: 'tiny-lora' });
  const context = await Context.load({ model, size: 256, temp: 0 });
  const attachment = await lora.attach(context, { scale: 1 });
  t.deepEqual((await context.stats()).lora, { id: lora.id, scale: 1 });
  await attachment.detach();
  t.equal((await context.stats()).lora, null);
  await t.rejects(lora.detach(context), { code: 'ERR_AI_ADAPTER_NOT_ATTACHED' });
  await lora.unload();
  await model.unload();
  await t.rejects(context.stats(), { name: 'NotFoundError' });
});

test('a chat begins sessions, and completes as the server does', async (t) => {
  const friends = new Chat({ model: 'tiny-chat', size: 256, temp: 0 });
  const session = await friends.session({ system: 'You are brief.' });
  t.equal(friends.sessions.size, 1);
  t.deepEqual(
    (await session.history()).map(({ role }) => role),
    ['system'],
  );
  await session.destroy();
  const messages = [{ role: 'user', content: CAPITAL }];
  const completion = await Chat.completions({ messages, temperature: 0 });
  t.equal(completion.choices[0].message.content, OSLO);
  await t.rejects(Chat.completions({ messages, temperature: 9 }), {
    name: 'TypeError',
    param: 'temperature',
  });
});
