/** The choice of the model: a button with its name, and the list below. */

import { byId, make } from './elements.js';
import { icon } from './icons.js';

const UNITS = ['B', 'KB', 'MB', 'GB'];
const STATES = { file: '', loading: 'Loading…', ready: 'Ready' };

/** @typedef {import('./server.js').Choice} Choice */

export class Picker {
  #button = byId('model');
  #popup = byId('models');
  #list = byId('model-list');
  #pick;

  /**
   * @param {{ pick: (name: string) => void, open: () => void }} actions
   */
  constructor({ pick, open }) {
    this.#pick = pick;
    this.#button.append(icon('down'));
    this.#button.addEventListener('click', () => {
      this.toggle(this.#popup.hidden);
      if (!this.#popup.hidden) open();
    });
    document.addEventListener('pointerdown', ({ target }) => {
      if (!byId('picker').contains(target)) this.toggle(false);
    });
    this.#popup.addEventListener('keydown', (event) => {
      const items = [...this.#list.querySelectorAll('button')];
      const at = items.indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) items[(at + step + items.length) % items.length]?.focus();
      else if (event.key === 'Escape') this.toggle(false);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** @param {boolean} isOpen */
  toggle(isOpen) {
    this.#popup.hidden = !isOpen;
    this.#button.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) this.#list.querySelector('[aria-selected=true] button')?.focus();
  }

  /**
   * @param {readonly Choice[]} choices
   * @param {string | null} chosen
   */
  show(choices, chosen) {
    byId('model-name').textContent = chosen ?? 'No model';
    this.#list.replaceChildren(...choices.map((choice) => this.#item(choice, chosen)));
  }

  #item({ name, size, state }, chosen) {
    const button = make(
      'button',
      { type: 'button' },
      make('span', { className: 'name', textContent: name }),
      make('span', { className: 'size', textContent: formatBytes(size) }),
      make('span', { className: `state ${state}`, textContent: STATES[state] }),
      icon('check'),
    );
    button.addEventListener('click', () => {
      this.toggle(false);
      this.#pick(name);
    });
    return make('li', { role: 'option', 'aria-selected': name === chosen }, button);
  }
}

/** @param {number} bytes */
function formatBytes(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 || value >= 9.95 ? 0 : 1)} ${UNITS[unit]}`;
}
