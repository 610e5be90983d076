/** The conversations: what was said in each, kept from one start to the next. */

const KEY = 'conversations';
const KEPT_MAX = 40;
const TITLE_LENGTH_MAX = 60;

/**
 * A turn. That of the model says how it went.
 *
 * @typedef {object} Turn
 * @property {'user' | 'assistant'} role
 * @property {string} content
 * @property {{ tokens: number, rate: number, first_ms: number }} [measured]
 * @property {'stop' | 'length' | 'stopped'} [finish]
 * @property {string} [model]
 */

/** @typedef {{ id: string, title: string, turns: Turn[] }} Conversation */

/** All conversations, the last one first. */
export class Conversations {
  /** @type {Conversation[]} */
  #all = read();
  /** @type {Conversation} */
  #current = begin();

  /** @returns {readonly Conversation[]} */
  get all() {
    return this.#all;
  }

  get current() {
    return this.#current;
  }

  /** Begins a new one, which counts once something was said in it. */
  begin() {
    this.#current = begin();
  }

  /** @param {string} id */
  open(id) {
    this.#current = this.#all.find((it) => it.id === id) ?? this.#current;
  }

  /** @param {string} id */
  remove(id) {
    this.#all = this.#all.filter((it) => it.id !== id);
    if (this.#current.id === id) this.begin();
    this.save();
  }

  /** @param {Turn} turn */
  add(turn) {
    const current = this.#current;
    current.turns.push(turn);
    if (turn.role === 'user' && current.title === '') current.title = titleOf(turn.content);
    this.#all = [current, ...this.#all.filter((it) => it !== current)].slice(0, KEPT_MAX);
    this.save();
  }

  save() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#all));
    } catch {
      // There is no room for it; the conversation itself goes on.
    }
  }
}

function begin() {
  return { id: crypto.randomUUID(), title: '', turns: [] };
}

/** @returns {Conversation[]} */
function read() {
  try {
    const all = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(all) ? all.filter((it) => Array.isArray(it?.turns)) : [];
  } catch {
    return [];
  }
}

/** @param {string} content */
function titleOf(content) {
  const line = content.trim().replace(/\s+/g, ' ');
  return line.length > TITLE_LENGTH_MAX ? `${line.slice(0, TITLE_LENGTH_MAX - 1)}…` : line;
}
