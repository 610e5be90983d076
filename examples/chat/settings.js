/** What the model is told with each question: kept from one start to the next. */

import { config } from 'oro:application';
import { byId, make } from './elements.js';

const KEY = 'settings';

/**
 * What can be set. Numbers that are sliders have a step; others are typed.
 *
 * @type {{ name: string, label: string, about: string, kind: 'text' | 'range' | 'number', min?: number, max?: number, step?: number, preset: () => unknown }[]}
 */
const FIELDS = [
  {
    name: 'system',
    label: 'Instructions',
    about: 'What the model is told before the conversation.',
    kind: 'text',
    preset: () => '',
  },
  {
    name: 'temperature',
    label: 'Temperature',
    about: 'More is more surprising; 0 always takes the likeliest word.',
    kind: 'range',
    min: 0,
    max: 2,
    step: 0.05,
    preset: () => Number(config.ai_llm_default_temperature ?? 0.8),
  },
  {
    name: 'top_p',
    label: 'Top P',
    about: 'The share of all probability to choose from.',
    kind: 'range',
    min: 0.05,
    max: 1,
    step: 0.05,
    preset: () => Number(config.ai_llm_default_top_p ?? 0.95),
  },
  {
    name: 'min_p',
    label: 'Min P',
    about: 'The least probability, beside that of the likeliest.',
    kind: 'range',
    min: 0,
    max: 0.5,
    step: 0.01,
    preset: () => Number(config.ai_llm_default_min_p ?? 0.05),
  },
  {
    name: 'top_k',
    label: 'Top K',
    about: 'How many tokens to choose from; 0 is all.',
    kind: 'number',
    min: 0,
    max: 1000,
    preset: () => Number(config.ai_llm_default_top_k ?? 40),
  },
  {
    name: 'max_tokens',
    label: 'Longest answer',
    about: 'In tokens; about three quarters of a word each.',
    kind: 'number',
    min: 1,
    max: 32_768,
    preset: () => Number(config.ai_llm_default_max_tokens ?? 128),
  },
  {
    name: 'seed',
    label: 'Seed',
    about: 'The same number gives the same answer; without one, answers differ.',
    kind: 'number',
    min: 0,
    max: 4_294_967_294,
    preset: () => null,
  },
];

export class Settings {
  /** @type {Record<string, any>} */
  #values = { ...presets(), ...read() };

  constructor() {
    this.#show();
    byId('settings-reset').addEventListener('click', () => {
      this.#values = { ...this.#values, ...presets() };
      this.#keep();
      this.#show();
    });
  }

  /** The model that was chosen last. */
  get model() {
    return this.#values.model ?? null;
  }

  set model(model) {
    this.#values.model = model;
    this.#keep();
  }

  /** What the model is told before the conversation. */
  get system() {
    return this.#values.system.trim();
  }

  /** The members of a request. */
  get request() {
    const named = FIELDS.filter(({ name }) => name !== 'system').map(({ name }) => name);
    const given = named.filter((name) => this.#values[name] !== null);
    return Object.fromEntries(given.map((name) => [name, this.#values[name]]));
  }

  #show() {
    byId('settings-form').replaceChildren(...FIELDS.map((field) => this.#field(field)));
  }

  #field(field) {
    const { name, label, about, kind } = field;
    const tag = kind === 'text' ? 'textarea' : 'input';
    const input = make(tag, { id: `setting-${name}`, name, value: this.#values[name] ?? '' });
    const output = make('output');
    if (kind === 'text') {
      input.rows = 4;
      input.placeholder = 'None';
    } else {
      Object.assign(input, { type: kind, min: field.min, max: field.max, step: field.step ?? 1 });
      input.value = this.#values[name] ?? '';
      if (kind === 'number') input.placeholder = 'Any';
    }
    const tell = () => (output.textContent = kind === 'range' ? Number(input.value).toFixed(2) : '');
    tell();
    input.addEventListener('input', () => {
      tell();
      const value = valueOf(field, input);
      if (value === undefined) return;
      this.#values[name] = value;
      this.#keep();
    });
    const title = make('label', { htmlFor: input.id }, label, output);
    return make('div', { className: `field ${kind}` }, title, input, make('small', { textContent: about }));
  }

  #keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#values));
    } catch {
      // They last as long as the window, then.
    }
  }
}

/** What an input says; nothing if it cannot be taken. */
function valueOf({ kind, preset }, input) {
  if (kind === 'text') return input.value;
  if (input.value === '') return preset();
  return input.validity.valid ? Number(input.value) : undefined;
}

function presets() {
  return Object.fromEntries(FIELDS.map(({ name, preset }) => [name, preset()]));
}

function read() {
  try {
    const values = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return values && typeof values === 'object' ? values : {};
  } catch {
    return {};
  }
}
