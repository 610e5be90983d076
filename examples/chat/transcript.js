/** The conversation that is shown: its turns, and the one that is being written. */

import { copyButton } from './copy.js';
import { byId, make } from './elements.js';
import { icon } from './icons.js';
import { render } from './markdown.js';

/** The reader is at the end if no more than this is below. */
const END_PX = 48;

/** @typedef {import('./conversations.js').Turn} Turn */

export class Transcript {
  #scroll = byId('scroll');
  #turns = byId('transcript');
  #toEnd = byId('to-end');
  #again;
  /** Whether the end stays in sight while more comes. */
  #follows = true;

  /** @param {{ again: () => void }} actions */
  constructor({ again }) {
    this.#again = again;
    this.#toEnd.append(icon('down'));
    this.#toEnd.addEventListener('click', () => this.toEnd());
    new ResizeObserver(() => this.#follows && this.toEnd()).observe(this.#scroll);
    this.#scroll.addEventListener('scroll', () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
      this.#follows = scrollHeight - scrollTop - clientHeight < END_PX;
      this.#toEnd.hidden = this.#follows;
    });
  }

  /** @param {readonly Turn[]} turns */
  show(turns) {
    this.#turns.replaceChildren(...turns.map((turn) => this.#element(turn)));
    this.toEnd();
  }

  /** @param {Turn} turn */
  add(turn) {
    this.#turns.append(this.#element(turn));
    this.toEnd();
  }

  /** Begins a turn of the model, of which nothing is known yet. */
  write() {
    return new Writing(this.#turns, () => this.#follows && this.toEnd());
  }

  /**
   * Says that something went wrong.
   *
   * @param {string} message
   * @param {boolean} canRepeat whether asking again may help
   */
  fail(message, canRepeat) {
    const text = make('p', { textContent: message });
    const failure = make('div', { className: 'failure', role: 'alert' }, icon('warning'), text);
    if (canRepeat) {
      const again = make('button', { type: 'button', textContent: 'Try again' });
      again.addEventListener('click', () => this.#again());
      failure.append(again);
    }
    this.#turns.append(failure);
    this.toEnd();
  }

  toEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#follows = true;
  }

  /** @param {Turn} turn */
  #element(turn) {
    const content = make('div', { className: 'content' });
    const element = make('article', { className: `turn ${turn.role}` });
    if (turn.role === 'user') {
      content.textContent = turn.content;
      element.append(content);
      return element;
    }
    content.append(render(turn.content));
    const body = make('div', { className: 'body' }, content, this.#foot(turn));
    element.append(avatar(), body);
    return element;
  }

  /** @param {Turn} turn */
  #foot(turn) {
    const again = make('button', { type: 'button', title: 'Answer again', 'aria-label': 'Answer again' });
    again.className = 'again';
    again.append(icon('again'));
    again.addEventListener('click', () => this.#again());
    const facts = make('span', { textContent: describe(turn) });
    return make('footer', {}, facts, copyButton('Copy the answer', () => turn.content), again);
  }
}

function avatar() {
  return make('span', { className: 'avatar', 'aria-hidden': 'true' }, icon('spark'));
}

/**
 * How an answer went: `38 tokens · 512 tokens/s · first after 12 ms`.
 *
 * @param {Turn} turn
 */
function describe({ measured, finish, model }) {
  const facts = [];
  if (model) facts.push(model);
  if (measured) {
    const { tokens, rate, first_ms } = measured;
    facts.push(`${tokens} token${tokens === 1 ? '' : 's'}`);
    if (rate > 0) facts.push(`${formatRate(rate)} tokens/s`);
    facts.push(`first after ${formatWait(first_ms)}`);
  }
  if (finish === 'stopped') facts.push('stopped');
  if (finish === 'length') facts.push('cut at the most tokens that the settings allow');
  return facts.join(' · ');
}

/** @param {number} rate */
function formatRate(rate) {
  return rate >= 99.5 ? String(Math.round(rate)) : rate.toFixed(1);
}

/** @param {number} ms */
function formatWait(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A turn that the model is writing. It is drawn once a frame, however fast it comes. */
class Writing {
  #content = make('div', { className: 'content' });
  #facts = make('span', { textContent: 'Thinking…' });
  #element;
  #grown;
  #text = '';
  #frame = 0;
  #tokens = 0;
  #asked_ms = performance.now();
  #first_ms = 0;
  #last_ms = 0;

  constructor(parent, grown) {
    this.#grown = grown;
    const body = make('div', { className: 'body' }, this.#content, make('footer', {}, this.#facts));
    this.#element = make('article', { className: 'turn assistant writing' }, avatar(), body);
    parent.append(this.#element);
    grown();
  }

  /** @param {string} text the next piece */
  add(text) {
    this.#last_ms = performance.now();
    if (this.#tokens === 0) this.#first_ms = this.#last_ms;
    this.#tokens += 1;
    this.#text += text;
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  get text() {
    return this.#text;
  }

  /** What was measured here. Each piece is a token, as near as makes no difference. */
  get measured() {
    const seconds = (this.#last_ms - this.#first_ms) / 1000;
    return {
      tokens: this.#tokens,
      rate: seconds > 0 ? (this.#tokens - 1) / seconds : 0,
      first_ms: this.#first_ms - this.#asked_ms,
    };
  }

  /** Goes, as the whole turn takes its place. */
  remove() {
    cancelAnimationFrame(this.#frame);
    this.#element.remove();
  }

  #draw() {
    this.#frame = 0;
    this.#content.replaceChildren(render(this.#text));
    this.#facts.textContent = describe({ role: 'assistant', content: '', measured: this.measured });
    this.#grown();
  }
}
