/** The chat: wires the parts together. */

import { config } from 'oro:application';
import process from 'oro:process';
import { Conversations } from './conversations.js';
import { byId, make } from './elements.js';
import { icon } from './icons.js';
import { Picker } from './picker.js';
import { ServerError, ask, listModels, loadModel } from './server.js';
import { Settings } from './settings.js';
import { Transcript } from './transcript.js';

const SUGGESTIONS = [
  'What is the capital of Norway?',
  'Tell me a story about Anna.',
  'What is 2 + 3?',
  'What colour is the sky?',
];
/** The error after which the same question fails again. */
const TOO_LONG = 'context_length_exceeded';

const conversations = new Conversations();
const settings = new Settings();
const transcript = new Transcript({ again });
const picker = new Picker({ pick: choose, open: refreshModels });
/** @type {import('./server.js').Choice[]} */
let models = [];
/** @type {string | null} */
let model = settings.model;
/** The answer that is being written. */
let answering = null;

// models

async function refreshModels() {
  models = await listModels();
  const names = models.map(({ name }) => name);
  const wanted = [model, config.ai_llm_default_model, names[0]];
  model = wanted.find((name) => names.includes(name)) ?? null;
  showModel();
}

function showModel(state) {
  picker.show(models, model);
  const ready = models.find(({ name }) => name === model)?.state;
  const texts = { file: 'Not loaded', loading: 'Loading…', ready: 'Ready' };
  tell(ready ?? 'none', state ?? (model ? texts[ready] : 'No model was found'));
  byId('send').disabled = model === null;
}

function tell(state, text) {
  byId('dot').className = state;
  byId('state').textContent = text;
}

/** @param {string | null} name */
async function choose(name) {
  model = name;
  settings.model = name;
  const mark = (state) => {
    models = models.map((it) => (it.name === name ? { ...it, state } : it));
  };
  if (models.find((it) => it.name === name)?.state !== 'ready') {
    mark('loading');
    showModel();
    try {
      await loadModel(name, (share) => {
        if (model === name) tell('loading', `Loading… ${Math.floor(share * 100)} %`);
      });
      mark('ready');
    } catch (error) {
      mark('file');
      if (model === name) showModel(error.message);
      return;
    }
  }
  showModel();
}

// conversations

function showConversations() {
  const { all, current } = conversations;
  byId('conversations').replaceChildren(...all.map((it) => conversationItem(it, it === current)));
  document.body.classList.toggle('empty', current.turns.length === 0);
  document.title = current.title ? `${current.title} – Chat` : 'Chat';
}

function conversationItem({ id, title }, isCurrent) {
  const open = make('button', { type: 'button', className: 'open', textContent: title, title });
  if (isCurrent) open.setAttribute('aria-current', 'true');
  open.addEventListener('click', () => go(() => conversations.open(id)));
  const remove = make('button', { type: 'button', title: 'Remove', 'aria-label': `Remove ${title}` });
  remove.append(icon('remove'));
  remove.addEventListener('click', () => go(() => conversations.remove(id)));
  return make('li', {}, open, remove);
}

/** Goes to another conversation; what is being written ends. */
async function go(change) {
  await stop();
  change();
  transcript.show(conversations.current.turns);
  showConversations();
  document.body.classList.remove('menu');
  byId('text').focus();
}

// answers

/** @param {string} content */
async function say(content) {
  const text = content.trim();
  if (text === '' || answering || model === null) return;
  conversations.add({ role: 'user', content: text });
  transcript.add({ role: 'user', content: text });
  showConversations();
  await answer();
}

/** Answers the last question once more. */
async function again() {
  if (answering) return;
  const { turns } = conversations.current;
  while (turns.at(-1)?.role === 'assistant') turns.pop();
  transcript.show(turns);
  await answer();
}

/** Has the model answer the conversation that is shown. */
function answer() {
  const controller = new AbortController();
  answering = { controller, done: write(controller.signal) };
  byId('send').hidden = true;
  byId('stop').hidden = false;
  return answering.done;
}

async function write(signal) {
  const writing = transcript.write();
  const turn = { role: 'assistant', content: '', model, finish: 'stopped' };
  let timings = null;
  let failure = null;
  try {
    for await (const piece of ask({ model, messages: messages(), ...settings.request }, signal)) {
      if (piece.text) writing.add(piece.text);
      if (piece.finish) turn.finish = piece.finish;
      timings = piece.timings ?? timings;
    }
  } catch (error) {
    // Whoever stopped it wants what there is.
    if (!signal.aborted) failure = error;
  }
  answering = null;
  byId('send').hidden = false;
  byId('stop').hidden = true;
  turn.content = writing.text;
  turn.measured = measured(writing.measured, timings);
  writing.remove();
  if (turn.content !== '' || (!failure && !signal.aborted)) {
    conversations.add(turn);
    transcript.add(turn);
  }
  if (failure) transcript.fail(reasonOf(failure), failure.code !== TOO_LONG);
  showConversations();
  refreshModels();
  return turn;
}

function messages() {
  const { system } = settings;
  const turns = conversations.current.turns.map(({ role, content }) => ({ role, content }));
  return system ? [{ role: 'system', content: system }, ...turns] : turns;
}

/** What the server measured, which knows tokens; else what was measured here. */
function measured(here, timings) {
  if (!timings) return here;
  return { ...here, tokens: timings.predicted_n, rate: timings.predicted_per_second };
}

/** @param {unknown} error */
function reasonOf(error) {
  if (!(error instanceof ServerError)) return `The answer did not come: ${error}`;
  if (error.code !== TOO_LONG) return error.message;
  return 'The conversation is longer than this model can read. Begin a new one to go on.';
}

async function stop() {
  answering?.controller.abort();
  await answering?.done;
}

// the composer

const text = byId('text');

function fit() {
  text.style.height = 'auto';
  text.style.height = `${text.scrollHeight}px`;
}

function submit() {
  if (answering || model === null) return;
  const { value } = text;
  text.value = '';
  fit();
  say(value);
}

text.addEventListener('input', fit);
text.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  submit();
});

// buttons and keys

function toggleSettings(isOpen = byId('settings').hidden) {
  byId('settings').hidden = !isOpen;
  byId('settings-open').setAttribute('aria-expanded', String(isOpen));
  if (!isOpen) text.focus();
}

const buttons = {
  new: () => go(() => conversations.begin()),
  menu: () => document.body.classList.toggle('menu'),
  stop,
  'settings-open': () => toggleSettings(),
  'settings-close': () => toggleSettings(false),
};
const icons = { menu: 'list', 'settings-open': 'settings', 'settings-close': 'close' };
for (const [id, action] of Object.entries(buttons)) {
  byId(id).addEventListener('click', action);
  byId(id).append(icon(icons[id] ?? id));
}
byId('send').append(icon('send'));
byId('suggestions').append(
  ...SUGGESTIONS.map((suggestion) => {
    const button = make('button', { type: 'button', textContent: suggestion });
    button.addEventListener('click', () => say(suggestion));
    return button;
  }),
);

addEventListener('keydown', (event) => {
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && event.key === 'n') buttons.new();
  else if (isCommand && event.key === ',') toggleSettings();
  else if (event.key === 'Escape' && answering) stop();
  else if (event.key === 'Escape' && !byId('settings').hidden) toggleSettings(false);
  else return;
  event.preventDefault();
});

// The questions of the command line or the environment, one after another.
const { argv, env } = process;
const questions = argv.length > 2 ? argv.slice(2) : (env.CHAT_QUESTIONS?.split('\n') ?? []);
showConversations();
await refreshModels();
if (model) await choose(model);
text.focus();
for (const question of questions) {
  await say(question);
  const last = conversations.current.turns.at(-1);
  if (last?.role !== 'assistant') break;
  process.stdout.write(`chat: ${last.measured.tokens} tokens: ${last.content}\n`);
}
process.stdout.write(`chat: ready with ${model}\n`);
